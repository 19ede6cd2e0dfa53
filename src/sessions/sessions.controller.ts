import { Controller, Get, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../auth/user.js';
import { Me } from '../auth/current-user.decorator.js';
import { Action, Answers, AnswersPage, Creates, Id, Idempotent, Reply } from '../common/decorators.js';
import { Filter, OptionalInput } from '../common/validation.pipe.js';
import type { Json } from '../common/json.js';
import { answerPage } from '../common/pagination.js';
import { IdempotencyService } from '../idempotency/idempotency.service.js';
import { CreateSession, Session, SessionDetail, SessionsQuery, VerbTime } from './sessions.dto.js';
import { SessionsService } from './sessions.service.js';

@ApiTags('sessions')
@Controller('sessions')
export class SessionsController {
  constructor(
    private readonly sessions: SessionsService,
    private readonly idempotency: IdempotencyService,
  ) {}

  @Post()
  @Creates(SessionDetail, { problems: ['not_found', 'group_archived', 'too_many_scheduled_sessions'] })
  @Idempotent()
  createSession(
    @Me() me: Caller,
    @OptionalInput() session: CreateSession,
    @Reply() reply: FastifyReply,
  ): Promise<Json<SessionDetail>> {
    return this.idempotency.once(me, reply, session, async () => {
      const { id, body } = await this.sessions.create(me, session);
      return { status: 201, location: `/api/sessions/${id}`, body };
    });
  }

  @Get()
  @AnswersPage(Session, { problems: ['not_found'] })
  async listSessions(
    @Me() me: Caller,
    @Filter() query: SessionsQuery,
    @Reply() reply: FastifyReply,
  ): Promise<Json<Session[]>> {
    return answerPage(reply, await this.sessions.list(me, query));
  }

  @Get(':id')
  @Answers(SessionDetail, { problems: ['not_found'] })
  getSession(@Me() me: Caller, @Id() id: string): Promise<Json<SessionDetail>> {
    return this.sessions.get(me, id);
  }

  @Action('start')
  @Answers(SessionDetail, {
    problems: ['at_out_of_range', 'forbidden', 'not_found', 'invalid_session_transition', 'already_running'],
  })
  startSession(@Me() me: Caller, @Id() id: string, @OptionalInput() { at }: VerbTime): Promise<Json<SessionDetail>> {
    return this.sessions.run('start', me, id, at);
  }

  @Action('pause')
  @Answers(SessionDetail, {
    problems: ['at_out_of_range', 'forbidden', 'not_found', 'invalid_session_transition', 'at_before_transition'],
  })
  pauseSession(@Me() me: Caller, @Id() id: string, @OptionalInput() { at }: VerbTime): Promise<Json<SessionDetail>> {
    return this.sessions.run('pause', me, id, at);
  }

  @Action('resume')
  @Answers(SessionDetail, {
    problems: [
      'at_out_of_range',
      'forbidden',
      'not_found',
      'invalid_session_transition',
      'already_running',
      'at_before_transition',
    ],
  })
  resumeSession(@Me() me: Caller, @Id() id: string, @OptionalInput() { at }: VerbTime): Promise<Json<SessionDetail>> {
    return this.sessions.run('resume', me, id, at);
  }

  @Action('stop')
  @Answers(SessionDetail, { problems: ['at_out_of_range', 'forbidden', 'not_found', 'at_before_transition'] })
  stopSession(@Me() me: Caller, @Id() id: string, @OptionalInput() { at }: VerbTime): Promise<Json<SessionDetail>> {
    return this.sessions.run('stop', me, id, at);
  }
}
