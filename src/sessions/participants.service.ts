import { Injectable } from '@nestjs/common';
import type { User } from '../auth/user.js';
import type { Json } from '../common/json.js';
import { notFound } from '../common/problem.js';
import { Database } from '../database/database.js';
import type { AddLog, Participant, TimeLog } from './sessions.dto.js';
import * as sql from './sessions.sql.js';

/** The participants of a session and the time that they log. */
@Injectable()
export class ParticipantsService {
  constructor(private readonly database: Database) {}

  async list(user: User, session: string): Promise<Json<Participant[]>> {
    return (await this.database.first(sql.participantList, user.id, session))?.body ?? notFound();
  }

  join(user: User, session: string): Promise<sql.JoinedParticipant> {
    return this.database.one(sql.joinSession, user.id, session);
  }

  async leave(user: User, session: string, participant: string): Promise<void> {
    await this.database.first(sql.leaveSession, user.id, session, participant);
  }

  async listLogs(user: User, session: string): Promise<Json<TimeLog[]>> {
    return (await this.database.first(sql.logList, user.id, session))?.body ?? notFound();
  }

  addLog(user: User, session: string, { started_at, ended_at }: AddLog): Promise<sql.StoredLog> {
    return this.database.one(sql.addLog, user.id, session, started_at, ended_at);
  }

  async removeLog(user: User, session: string, log: string): Promise<void> {
    await this.database.first(sql.removeLog, user.id, session, log);
  }
}
