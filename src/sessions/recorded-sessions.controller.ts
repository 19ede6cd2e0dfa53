import { Body, Controller, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentUser } from '../auth/current-user.decorator.js';
import type { User } from '../auth/user.js';
import { ApiIdempotencyKey, ApiProblems, LOCATION } from '../common/api.decorators.js';
import { CustomMethod } from '../common/custom-method.decorator.js';
import type { Json } from '../common/json.js';
import { IdempotencyService } from '../idempotency/idempotency.service.js';
import { RecordSession, SessionDetail } from './sessions.dto.js';
import { SessionsService } from './sessions.service.js';

/** A controller of its own: the path has no slash before the colon, so it is not below `sessions`. */
@ApiTags('sessions')
@Controller()
export class RecordedSessionsController {
  constructor(
    private readonly sessions: SessionsService,
    private readonly idempotency: IdempotencyService,
  ) {}

  @CustomMethod('record', 'sessions')
  @ApiCreatedResponse({ type: SessionDetail, headers: LOCATION })
  @ApiProblems('at_out_of_range', 'not_found', 'group_archived')
  @ApiIdempotencyKey()
  recordSession(
    @CurrentUser() user: User,
    @Body() session: RecordSession,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Json<SessionDetail>> {
    return this.idempotency.once(user, reply, session, async () => {
      const { id, body } = await this.sessions.record(user, session);
      return { status: 201, location: `/api/sessions/${id}`, body };
    });
  }
}
