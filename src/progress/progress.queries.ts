import { Injectable } from '@nestjs/common';
import { Database, statement } from '../database/database.js';
import type { Json } from '../common/json.js';
import type { HistoryQuery, MemberHistory, Progress } from './progress.dto.js';

export interface Race {
  etag: string;
  body: Json<Progress>;
}

export const current = statement<[viewer: string, group: string], Race | { etag: null; body: null }>(
  'progress_current',
  'SELECT etag, body FROM group_progress_json($1, $2, to_ms(now()))',
);

/** `$3` and `$4` are local days of the group; null for either is the default: the last 30 periods. */
const history = statement<
  [viewer: string, group: string, from: string | null, to: string | null],
  { body: Json<MemberHistory[]> | null }
>('progress_history', 'SELECT progress_history($1, $2, $3, $4, to_ms(now())) AS body');

@Injectable()
export class ProgressQueries {
  constructor(private readonly database: Database) {}

  /** The race as a member of the group sees it, or nothing for anybody else. */
  async current(viewer: string, group: string): Promise<Race | undefined> {
    const race = await this.database.one(current, viewer, group);
    return race.etag === null ? undefined : race;
  }

  /** Past periods and streaks as a member of the group sees them, or nothing for anybody else. */
  async history(viewer: string, group: string, { from, to }: HistoryQuery): Promise<Json<MemberHistory[]> | undefined> {
    return (await this.database.one(history, viewer, group, from ?? null, to ?? null)).body ?? undefined;
  }
}
