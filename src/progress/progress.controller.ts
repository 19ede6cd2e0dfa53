import { Controller, Get, Headers } from '@nestjs/common';
import { ApiHeader, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../auth/user.js';
import { Me } from '../auth/current-user.decorator.js';
import { Answers, Id, Reply } from '../common/decorators.js';
import { Filter } from '../common/validation.pipe.js';
import type { Json } from '../common/json.js';
import { HistoryQuery, MemberHistory, Progress } from './progress.dto.js';
import { ProgressService } from './progress.service.js';

@ApiTags('progress')
@Controller('groups/:id/progress')
export class ProgressController {
  constructor(private readonly progress: ProgressService) {}

  /** 304 without a body where the client already holds this race and only counts on (specification 6). */
  @Get('current')
  @ApiHeader({ name: 'If-None-Match', required: false, schema: { type: 'string' } })
  @Answers(Progress, {
    also: [304],
    problems: ['not_found'],
    headers: {
      ETag: 'Of everything but `as_of` and the seconds of running members.',
      'Cache-Control': 'private, no-cache',
    },
  })
  async getCurrentProgress(
    @Me() me: Caller,
    @Id() id: string,
    @Headers('if-none-match') known: string | undefined,
    @Reply() reply: FastifyReply,
  ): Promise<Json<Progress> | undefined> {
    const { etag, body } = await this.progress.current(me, id);
    void reply.headers({ etag, 'cache-control': 'private, no-cache' });
    if (!isKnown(known, etag)) return body;
    void reply.status(304).removeHeader('content-type');
    return undefined;
  }

  @Get('history')
  @Answers([MemberHistory], { problems: ['not_found'] })
  getProgressHistory(
    @Me() me: Caller,
    @Id() id: string,
    @Filter() query: HistoryQuery,
  ): Promise<Json<MemberHistory[]>> {
    return this.progress.history(me, id, query);
  }
}

/** RFC 9110, 13.1.2: any of a list, or any at all; weak comparison. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const opaque = (tag: string): string => tag.trim().replace(/^W\//, '');
  return ifNoneMatch.trim() === '*' || ifNoneMatch.split(',').some((tag) => opaque(tag) === opaque(etag));
}
