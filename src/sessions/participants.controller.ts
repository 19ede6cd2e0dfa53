import { Body, Controller, Delete, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { User } from '../auth/user.js';
import { CurrentUser } from '../auth/current-user.decorator.js';
import type { Json } from '../common/json.js';
import { IdempotencyService } from '../idempotency/idempotency.service.js';
import { AddLog, Participant, TimeLog } from './sessions.dto.js';
import { ParticipantsService } from './participants.service.js';
import { ApiIdempotencyKey, ApiProblems, LOCATION } from '../common/api.decorators.js';
import { UuidPipe } from '../common/uuid.pipe.js';

@ApiTags('sessions')
@Controller('sessions/:id')
export class ParticipantsController {
  constructor(
    private readonly participants: ParticipantsService,
    private readonly idempotency: IdempotencyService,
  ) {}

  @Get('participants')
  @ApiOkResponse({ type: [Participant] })
  @ApiProblems('not_found')
  listSessionParticipants(@CurrentUser() user: User, @Param('id', UuidPipe) id: string): Promise<Json<Participant[]>> {
    return this.participants.list(user, id);
  }

  @Post('participants')
  @ApiCreatedResponse({ type: Participant, headers: LOCATION })
  @ApiOkResponse({ type: Participant })
  @ApiProblems('not_found', 'group_archived')
  async joinSession(
    @CurrentUser() user: User,
    @Param('id', UuidPipe) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Json<Participant>> {
    const { created, body } = await this.participants.join(user, id);
    if (created) void reply.header('location', `/api/sessions/${id}/participants/${user.id}`);
    else void reply.status(200);
    return body;
  }

  @Delete('participants/:userId')
  @HttpCode(204)
  @ApiNoContentResponse()
  @ApiProblems('forbidden', 'not_found', 'host_cannot_leave')
  leaveSession(
    @CurrentUser() user: User,
    @Param('id', UuidPipe) id: string,
    @Param('userId', UuidPipe) userId: string,
  ): Promise<void> {
    return this.participants.leave(user, id, userId);
  }

  @Get('logs')
  @ApiOkResponse({ type: [TimeLog] })
  @ApiProblems('not_found')
  listSessionLogs(@CurrentUser() user: User, @Param('id', UuidPipe) id: string): Promise<Json<TimeLog[]>> {
    return this.participants.listLogs(user, id);
  }

  @Post('logs')
  @ApiCreatedResponse({ type: TimeLog, headers: LOCATION })
  @ApiProblems('not_found', 'group_archived', 'log_outside_session')
  @ApiIdempotencyKey()
  addSessionLog(
    @CurrentUser() user: User,
    @Param('id', UuidPipe) id: string,
    @Body() log: AddLog,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Json<TimeLog>> {
    return this.idempotency.once(user, reply, log, async () => {
      const stored = await this.participants.addLog(user, id, log);
      return { status: 201, location: `/api/sessions/${id}/logs/${stored.id}`, body: stored.body };
    });
  }

  @Delete('logs/:logId')
  @HttpCode(204)
  @ApiNoContentResponse()
  @ApiProblems('forbidden', 'not_found', 'group_archived')
  deleteSessionLog(
    @CurrentUser() user: User,
    @Param('id', UuidPipe) id: string,
    @Param('logId', UuidPipe) logId: string,
  ): Promise<void> {
    return this.participants.removeLog(user, id, logId);
  }
}
