import { Injectable } from '@nestjs/common';
import type { User } from '../auth/user.js';
import type { Json } from '../common/json.js';
import type { Page } from '../common/pagination.js';
import { notFound } from '../common/problem.js';
import { Database } from '../database/database.js';
import type { CreateSession, RecordSession, Session, SessionDetail, SessionsQuery } from './sessions.dto.js';
import * as sql from './sessions.sql.js';

/** The rules of sessions and time are in database/sessions/. */
@Injectable()
export class SessionsService {
  constructor(private readonly database: Database) {}

  /** The sessions that the user takes part in, or those of one of the user's groups. */
  async list(user: User, query: SessionsQuery): Promise<Page<Session>> {
    const { mine, mineOpen, ofGroup, ofGroupOpen } = sql.sessionLists;
    const { limit, cursor_created_at, cursor_id, status, group_id } = query;
    const isOpen = status !== undefined && status !== 'ended';
    const page = [user.id, limit, cursor_created_at, cursor_id, status] as const;
    if (group_id === undefined) return this.database.one(isOpen ? mineOpen : mine, ...page);
    return (await this.database.first(isOpen ? ofGroupOpen : ofGroup, ...page, group_id)) ?? notFound();
  }

  async get(user: User, id: string): Promise<Json<SessionDetail>> {
    return (await this.database.first(sql.sessionDetail, user.id, id))?.body ?? notFound();
  }

  create(user: User, { group_id, scheduled_start }: CreateSession): Promise<sql.StoredSession> {
    return this.database.one(sql.createSession, user.id, group_id ?? null, scheduled_start ?? null);
  }

  /** Stores a session that is over. */
  record(user: User, { group_id, segments }: RecordSession): Promise<sql.StoredSession> {
    const starts = segments.map(({ started_at }) => started_at);
    const ends = segments.map(({ ended_at }) => ended_at);
    return this.database.one(sql.recordSession, user.id, group_id ?? null, starts, ends);
  }

  async run(verb: sql.Verb, user: User, id: string, at: string | null = null): Promise<Json<SessionDetail>> {
    return (await this.database.one(sql.verbs[verb], user.id, id, at)).body;
  }
}
