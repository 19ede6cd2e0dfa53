import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/user.js';
import type { Json } from '../common/json.js';
import type { Page } from '../common/pagination.js';
import { notFound } from '../common/problem.js';
import type {
  AddLog,
  CreateSession,
  Participant,
  Session,
  SessionDetail,
  SessionsQuery,
  TimeLog,
} from './sessions.dto.js';
import { SessionsQueries, type SessionVerb, type StoredSession } from './sessions.queries.js';
import { type JoinedParticipant, type StoredLog, TimeLogsQueries } from './time-logs.queries.js';

/** The rules of sessions and time live in SQL: database/sessions/. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly sessions: SessionsQueries,
    private readonly timeLogs: TimeLogsQueries,
  ) {}

  async list(me: Caller, query: SessionsQuery): Promise<Page<Session>> {
    if (query.group_id === undefined) return this.sessions.listMine(me.id, query, query.status);
    return (await this.sessions.listOfGroup(me.id, query.group_id, query, query.status)) ?? notFound();
  }

  async get(me: Caller, id: string): Promise<Json<SessionDetail>> {
    return (await this.sessions.detail(me.id, id)) ?? notFound();
  }

  create(me: Caller, session: CreateSession): Promise<StoredSession> {
    return this.sessions.create(me.id, session.group_id ?? null, session.scheduled_start ?? null);
  }

  run(verb: SessionVerb, me: Caller, id: string, at: string | undefined): Promise<Json<SessionDetail>> {
    return this.sessions.run(verb, me.id, id, at ?? null);
  }

  async listParticipants(me: Caller, id: string): Promise<Json<Participant[]>> {
    return (await this.timeLogs.participants(me.id, id)) ?? notFound();
  }

  join(me: Caller, id: string): Promise<JoinedParticipant> {
    return this.timeLogs.join(me.id, id);
  }

  leave(me: Caller, id: string, person: string): Promise<void> {
    return this.timeLogs.leave(me.id, id, person);
  }

  async listLogs(me: Caller, id: string): Promise<Json<TimeLog[]>> {
    return (await this.timeLogs.logs(me.id, id)) ?? notFound();
  }

  addLog(me: Caller, id: string, log: AddLog): Promise<StoredLog> {
    return this.timeLogs.addLog(me.id, id, log.started_at, log.ended_at);
  }

  removeLog(me: Caller, id: string, log: string): Promise<void> {
    return this.timeLogs.removeLog(me.id, id, log);
  }
}
