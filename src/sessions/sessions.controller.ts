import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentUser } from '../auth/current-user.decorator.js';
import type { User } from '../auth/user.js';
import { ApiIdempotencyKey, ApiProblems, LOCATION, NEXT_PAGE } from '../common/api.decorators.js';
import { CustomMethod } from '../common/custom-method.decorator.js';
import type { Json } from '../common/json.js';
import { sendPage } from '../common/pagination.js';
import { UuidPipe } from '../common/uuid.pipe.js';
import { IdempotencyService } from '../idempotency/idempotency.service.js';
import { CreateSession, Session, SessionDetail, SessionsQuery, SessionVerb } from './sessions.dto.js';
import { SessionsService } from './sessions.service.js';

@ApiTags('sessions')
@Controller('sessions')
export class SessionsController {
  constructor(
    private readonly sessions: SessionsService,
    private readonly idempotency: IdempotencyService,
  ) {}

  @Post()
  @ApiBody({ type: CreateSession, required: false })
  @ApiCreatedResponse({ type: SessionDetail, headers: LOCATION })
  @ApiProblems('not_found', 'group_archived', 'too_many_scheduled_sessions')
  @ApiIdempotencyKey()
  createSession(
    @CurrentUser() user: User,
    @Body() session: CreateSession,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Json<SessionDetail>> {
    return this.idempotency.once(user, reply, session, async () => {
      const { id, body } = await this.sessions.create(user, session);
      return { status: 201, location: `/api/sessions/${id}`, body };
    });
  }

  @Get()
  @ApiOkResponse({ type: [Session], headers: NEXT_PAGE })
  @ApiProblems('not_found')
  async listSessions(
    @CurrentUser() user: User,
    @Query() query: SessionsQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Json<Session[]>> {
    return sendPage(reply, await this.sessions.list(user, query));
  }

  @Get(':id')
  @ApiOkResponse({ type: SessionDetail })
  @ApiProblems('not_found')
  getSession(@CurrentUser() user: User, @Param('id', UuidPipe) id: string): Promise<Json<SessionDetail>> {
    return this.sessions.get(user, id);
  }

  @CustomMethod('start')
  @HttpCode(200)
  @ApiBody({ type: SessionVerb, required: false })
  @ApiOkResponse({ type: SessionDetail })
  @ApiProblems('at_out_of_range', 'forbidden', 'not_found', 'invalid_session_transition', 'already_running')
  startSession(
    @CurrentUser() user: User,
    @Param('id', UuidPipe) id: string,
    @Body() { at }: SessionVerb,
  ): Promise<Json<SessionDetail>> {
    return this.sessions.run('start', user, id, at);
  }

  @CustomMethod('pause')
  @HttpCode(200)
  @ApiBody({ type: SessionVerb, required: false })
  @ApiOkResponse({ type: SessionDetail })
  @ApiProblems('at_out_of_range', 'forbidden', 'not_found', 'invalid_session_transition', 'at_before_transition')
  pauseSession(
    @CurrentUser() user: User,
    @Param('id', UuidPipe) id: string,
    @Body() { at }: SessionVerb,
  ): Promise<Json<SessionDetail>> {
    return this.sessions.run('pause', user, id, at);
  }

  @CustomMethod('resume')
  @HttpCode(200)
  @ApiBody({ type: SessionVerb, required: false })
  @ApiOkResponse({ type: SessionDetail })
  @ApiProblems(
    'at_out_of_range',
    'forbidden',
    'not_found',
    'invalid_session_transition',
    'already_running',
    'at_before_transition',
  )
  resumeSession(
    @CurrentUser() user: User,
    @Param('id', UuidPipe) id: string,
    @Body() { at }: SessionVerb,
  ): Promise<Json<SessionDetail>> {
    return this.sessions.run('resume', user, id, at);
  }

  @CustomMethod('stop')
  @HttpCode(200)
  @ApiBody({ type: SessionVerb, required: false })
  @ApiOkResponse({ type: SessionDetail })
  @ApiProblems('at_out_of_range', 'forbidden', 'not_found', 'at_before_transition')
  stopSession(
    @CurrentUser() user: User,
    @Param('id', UuidPipe) id: string,
    @Body() { at }: SessionVerb,
  ): Promise<Json<SessionDetail>> {
    return this.sessions.run('stop', user, id, at);
  }
}
