import { Injectable } from '@nestjs/common';
import type { User } from '../auth/user.js';
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

  async list(user: User, query: SessionsQuery): Promise<Page<Session>> {
    if (query.group_id === undefined) return this.sessions.listMine(user.id, query, query.status);
    return (await this.sessions.listOfGroup(user.id, query.group_id, query, query.status)) ?? notFound();
  }

  async get(user: User, id: string): Promise<Json<SessionDetail>> {
    return (await this.sessions.detail(user.id, id)) ?? notFound();
  }

  create(user: User, session: CreateSession): Promise<StoredSession> {
    return this.sessions.create(user.id, session.group_id ?? null, session.scheduled_start ?? null);
  }

  run(verb: SessionVerb, user: User, id: string, at: string | undefined): Promise<Json<SessionDetail>> {
    return this.sessions.run(verb, user.id, id, at ?? null);
  }

  async listParticipants(user: User, id: string): Promise<Json<Participant[]>> {
    return (await this.timeLogs.participants(user.id, id)) ?? notFound();
  }

  join(user: User, id: string): Promise<JoinedParticipant> {
    return this.timeLogs.join(user.id, id);
  }

  leave(user: User, id: string, person: string): Promise<void> {
    return this.timeLogs.leave(user.id, id, person);
  }

  async listLogs(user: User, id: string): Promise<Json<TimeLog[]>> {
    return (await this.timeLogs.logs(user.id, id)) ?? notFound();
  }

  addLog(user: User, id: string, log: AddLog): Promise<StoredLog> {
    return this.timeLogs.addLog(user.id, id, log.started_at, log.ended_at);
  }

  removeLog(user: User, id: string, log: string): Promise<void> {
    return this.timeLogs.removeLog(user.id, id, log);
  }
}
