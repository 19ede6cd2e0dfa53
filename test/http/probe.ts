import { Body, Controller, Delete, Get, HttpCode, Module, Param, Patch, Post, Query, Res } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { ConfigModule } from '../../src/config/config.module.js';
import { readEnvironment } from '../../src/config/environment.js';
import { EmailAddress, Flag, Instant, OneOf, Text, Url, Uuid, Whole } from '../../src/common/fields.js';
import { ServerModule } from '../../src/server/server.module.js';
import type { Json } from '../../src/common/json.js';
import { sendPage, PageQuery } from '../../src/common/pagination.js';
import { Problem } from '../../src/common/problem.js';
import { createServer } from '../../src/server/server.js';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse } from '@nestjs/swagger';
import { LOCATION, NEXT_PAGE } from '../../src/common/api.decorators.js';
import { CustomMethod } from '../../src/common/custom-method.decorator.js';
import { UuidPipe } from '../../src/common/uuid.pipe.js';

export class Thing {
  @Text(1, 10, { optional: true })
  name?: string;

  @Text(0, 10, { optional: true, clearable: true })
  note?: string | null;

  @Instant({ optional: true })
  at?: string;

  @Whole(1, 100, { optional: true })
  count?: number;

  @OneOf(['daily', 'weekly'], { optional: true })
  period?: string;

  @Flag({ optional: true })
  on?: boolean;

  @Uuid({ optional: true })
  user_id?: string;

  @EmailAddress({ optional: true })
  email?: string;

  @Url({ optional: true })
  url?: string;
}

export class Needed {
  @Text(1, 10)
  name: string;
}

export class ThingQuery extends PageQuery {
  @Flag({ query: true, optional: true })
  unread?: boolean;
}

@Controller('things')
class ThingsController {
  @Post()
  @ApiCreatedResponse({ type: Thing, headers: LOCATION })
  createThing(@Body() thing: Thing, @Res({ passthrough: true }) reply: FastifyReply): Thing {
    void reply.header('location', '/api/things/1');
    return thing;
  }

  @Patch()
  @ApiOkResponse({ type: Needed })
  needThing(@Body() needed: Needed): Needed {
    return needed;
  }

  @Get()
  @ApiOkResponse({ type: [Thing], headers: NEXT_PAGE })
  listThings(@Query() query: ThingQuery, @Res({ passthrough: true }) reply: FastifyReply): Json<Thing[]> {
    const last = { next_created_at: '2026-11-22T18:57:38.123Z', next_id: '0b5e8c1a-5d0f-4c8e-9a3b-6f2d1e7c4a10' };
    return sendPage<Thing>(reply, { body: JSON.stringify([query]), ...last });
  }

  @Get(':id')
  @ApiOkResponse({ type: Thing })
  getThing(@Param('id', UuidPipe) id: string): Json<Thing> {
    return `{"id":"${id}"}`;
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiNoContentResponse()
  deleteThing(@Param('id', UuidPipe) _id: string): void {
    return undefined;
  }

  @CustomMethod('pause')
  @HttpCode(200)
  @ApiOkResponse({ type: Thing })
  pauseThing(@Param('id', UuidPipe) id: string, @Body() thing: Thing): object {
    return { id, thing };
  }

  @CustomMethod('rescind', ':id/invites/:inviteId')
  @HttpCode(200)
  @ApiOkResponse({ type: Thing })
  rescind(@Param('id', UuidPipe) id: string, @Param('inviteId', UuidPipe) inviteId: string): object {
    return { id, inviteId };
  }
}

@Controller()
class FailingController {
  @CustomMethod('read-all', 'things')
  @HttpCode(200)
  @ApiOkResponse({ type: Thing })
  readAll(): object {
    return { updated: 1 };
  }

  @Get('fails')
  fails(): never {
    throw new Error('secret: SELECT * FROM profiles');
  }

  @Get('limited')
  limited(): never {
    throw new Problem('rate_limited', { retryAfter: 17 });
  }

  @Get('stranger')
  stranger(): never {
    throw new Problem('unauthenticated', { challenge: 'error="invalid_token"' });
  }

  @Get('running')
  running(): never {
    throw new Problem('already_running', { session_id: '91c6e0b2-7f35-4a1d-8e64-c2d9b0a37f58' });
  }

  @Get('slow')
  async slow(): Promise<string> {
    await new Promise((resolve) => setTimeout(resolve, 300));
    return 'done';
  }
}

@Module({ imports: [ServerModule], controllers: [ThingsController, FailingController] })
class ProbeModule {}

const COMPLETE = {
  NODE_ENV: 'test',
  DATABASE_URL: 'postgres://nowhere',
  COGNITO_ISSUER: 'https://issuer.example.com',
  COGNITO_CLIENT_IDS: 'app',
  S3_BUCKET: 'avatars',
  S3_REGION: 'eu-west-1',
  AVATAR_PUBLIC_BASE_URL: 'https://avatars.example.com',
  LOG_LEVEL: 'silent',
};

/** The rules of src/common and src/server on a few routes of their own, without a database and without sign-in. */
export function startProbe(settings: Record<string, string> = {}): Promise<NestFastifyApplication> {
  const environment = readEnvironment({ ...COMPLETE, ...settings });
  const module = { module: ProbeModule, imports: [ConfigModule.with(environment)] };
  return createServer(module, environment, () => undefined);
}
