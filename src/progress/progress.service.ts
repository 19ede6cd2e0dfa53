import { Injectable } from '@nestjs/common';
import type { User } from '../auth/user.js';
import type { Json } from '../common/json.js';
import { notFound } from '../common/problem.js';
import { Database } from '../database/database.js';
import type { HistoryQuery, MemberHistory } from './progress.dto.js';
import * as sql from './progress.sql.js';

@Injectable()
export class ProgressService {
  constructor(private readonly database: Database) {}

  async current(user: User, group: string): Promise<sql.Race> {
    const race = await this.database.one(sql.currentProgress, user.id, group);
    return race.etag === null ? notFound() : race;
  }

  /** Past periods and streaks; without `from` and `to` the last 30 periods. */
  async history(user: User, group: string, { from, to }: HistoryQuery): Promise<Json<MemberHistory[]>> {
    return (await this.database.one(sql.progressHistory, user.id, group, from ?? null, to ?? null)).body ?? notFound();
  }
}
