import { Controller, Delete, Get, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../auth/user.js';
import { Me } from '../auth/current-user.decorator.js';
import { Answers, AnswersNothing, Creates, Id, Idempotent, Reply } from '../common/decorators.js';
import { Input } from '../common/validation.pipe.js';
import type { Json } from '../common/json.js';
import { IdempotencyService } from '../idempotency/idempotency.service.js';
import { AddLog, Participant, TimeLog } from './sessions.dto.js';
import { SessionsService } from './sessions.service.js';

@ApiTags('sessions')
@Controller('sessions/:id')
export class TimeLogsController {
  constructor(
    private readonly sessions: SessionsService,
    private readonly idempotency: IdempotencyService,
  ) {}

  @Get('participants')
  @Answers([Participant], { problems: ['not_found'] })
  listSessionParticipants(@Me() me: Caller, @Id() id: string): Promise<Json<Participant[]>> {
    return this.sessions.listParticipants(me, id);
  }

  @Post('participants')
  @Creates(Participant, { also: [200], problems: ['not_found', 'group_archived'] })
  async joinSession(@Me() me: Caller, @Id() id: string, @Reply() reply: FastifyReply): Promise<Json<Participant>> {
    const { created, body } = await this.sessions.join(me, id);
    if (created) void reply.header('location', `/api/sessions/${id}/participants/${me.id}`);
    else void reply.status(200);
    return body;
  }

  @Delete('participants/:userId')
  @AnswersNothing({ problems: ['forbidden', 'not_found', 'host_cannot_leave'] })
  leaveSession(@Me() me: Caller, @Id() id: string, @Id('userId') userId: string): Promise<void> {
    return this.sessions.leave(me, id, userId);
  }

  @Get('logs')
  @Answers([TimeLog], { problems: ['not_found'] })
  listSessionLogs(@Me() me: Caller, @Id() id: string): Promise<Json<TimeLog[]>> {
    return this.sessions.listLogs(me, id);
  }

  @Post('logs')
  @Creates(TimeLog, { problems: ['not_found', 'group_archived', 'log_outside_session'] })
  @Idempotent()
  addSessionLog(
    @Me() me: Caller,
    @Id() id: string,
    @Input() log: AddLog,
    @Reply() reply: FastifyReply,
  ): Promise<Json<TimeLog>> {
    return this.idempotency.once(me, reply, log, async () => {
      const stored = await this.sessions.addLog(me, id, log);
      return { status: 201, location: `/api/sessions/${id}/logs/${stored.id}`, body: stored.body };
    });
  }

  @Delete('logs/:logId')
  @AnswersNothing({ problems: ['forbidden', 'not_found', 'group_archived'] })
  deleteSessionLog(@Me() me: Caller, @Id() id: string, @Id('logId') logId: string): Promise<void> {
    return this.sessions.removeLog(me, id, logId);
  }
}
