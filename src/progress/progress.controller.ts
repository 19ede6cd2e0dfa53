import { Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { User } from '../auth/user.js';
import { CurrentUser } from '../auth/current-user.decorator.js';
import type { Json } from '../common/json.js';
import { HistoryQuery, MemberHistory, MemberProgress } from './progress.dto.js';
import { ProgressService } from './progress.service.js';
import { ApiProblems, ETAG } from '../common/api.decorators.js';
import { matches } from '../common/if-none-match.js';
import { UuidPipe } from '../common/uuid.pipe.js';

@ApiTags('progress')
@Controller('groups/:id/progress')
export class ProgressController {
  constructor(private readonly progress: ProgressService) {}

  /** 304 if the client holds this race already; it counts running members on from its `as_of` (specification 6). */
  @Get('current')
  @ApiHeader({ name: 'If-None-Match', required: false, schema: { type: 'string' } })
  @ApiOkResponse({ type: [MemberProgress], headers: ETAG })
  @ApiResponse({ status: 304, headers: ETAG })
  @ApiProblems('not_found')
  async getCurrentProgress(
    @CurrentUser() user: User,
    @Param('id', UuidPipe) id: string,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Json<MemberProgress[]> | undefined> {
    const { etag, body } = await this.progress.current(user, id);
    void reply.headers({ etag, 'cache-control': 'private, no-cache' });
    if (!matches(ifNoneMatch, etag)) return body;
    void reply.status(304);
    return undefined;
  }

  @Get('history')
  @ApiOkResponse({ type: [MemberHistory] })
  @ApiProblems('not_found')
  getProgressHistory(
    @CurrentUser() user: User,
    @Param('id', UuidPipe) id: string,
    @Query() query: HistoryQuery,
  ): Promise<Json<MemberHistory[]>> {
    return this.progress.history(user, id, query);
  }
}
