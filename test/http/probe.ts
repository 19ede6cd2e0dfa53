import { Controller, Delete, Get, Module, Patch, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { ConfigModule } from '../../src/config/config.module.js';
import { readEnvironment } from '../../src/config/environment.js';
import { Action, Answers, AnswersNothing, AnswersPage, Creates, Id, Reply } from '../../src/common/decorators.js';
import { EmailAddress, Flag, Instant, OneOf, Text, Url, Uuid, Whole } from '../../src/common/fields.js';
import { HttpModule } from '../../src/server/server.module.js';
import { Filter, Input, OptionalInput } from '../../src/common/validation.pipe.js';
import type { Json } from '../../src/common/json.js';
import { answerPage, PageQuery } from '../../src/common/pagination.js';
import { Problem } from '../../src/common/problem.js';
import { createServer } from '../../src/server/server.js';

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
  @Creates(Thing)
  createThing(@Input() thing: Thing, @Reply() reply: FastifyReply): Thing {
    void reply.header('location', '/api/things/1');
    return thing;
  }

  @Patch()
  @Answers(Needed)
  needThing(@Input() needed: Needed): Needed {
    return needed;
  }

  @Get()
  @AnswersPage(Thing)
  listThings(@Filter() query: ThingQuery, @Reply() reply: FastifyReply): Json<Thing[]> {
    const last = { next_created_at: '2026-11-22T18:57:38.123Z', next_id: '0b5e8c1a-5d0f-4c8e-9a3b-6f2d1e7c4a10' };
    return answerPage<Thing>(reply, { body: JSON.stringify([query]), ...last });
  }

  @Get(':id')
  @Answers(Thing)
  getThing(@Id() id: string): Json<Thing> {
    return `{"id":"${id}"}`;
  }

  @Delete(':id')
  @AnswersNothing()
  deleteThing(@Id() _id: string): void {
    return undefined;
  }

  @Action('pause')
  @Answers(Thing)
  pauseThing(@Id() id: string, @OptionalInput() thing: Thing): object {
    return { id, thing };
  }

  @Action('rescind', ':id/invites/:inviteId')
  @Answers(Thing)
  rescind(@Id() id: string, @Id('inviteId') inviteId: string): object {
    return { id, inviteId };
  }
}

@Controller()
class FailingController {
  @Action('read-all', 'things')
  @Answers(Thing)
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

@Module({ imports: [HttpModule], controllers: [ThingsController, FailingController] })
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

/** The rules of src/http on a few routes of their own, without a database and without sign-in. */
export function startProbe(settings: Record<string, string> = {}): Promise<NestFastifyApplication> {
  const environment = readEnvironment({ ...COMPLETE, ...settings });
  const module = { module: ProbeModule, imports: [ConfigModule.with(environment)] };
  return createServer(module, environment, () => undefined);
}
