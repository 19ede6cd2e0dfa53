import type { Json } from '../common/json.js';
import { statement } from '../database/database.js';
import type { MemberHistory, MemberProgress } from './progress.dto.js';

export interface Race {
  etag: string;
  body: Json<MemberProgress[]>;
}

export const currentProgress = statement<[user: string, group: string], Race | { etag: null; body: null }>(
  'progress_current',
  'SELECT etag, body FROM group_progress_json($1, $2, to_ms(now()))',
);

/** $3 and $4 are local days of the group; null is the default, the last 30 periods. */
export const progressHistory = statement<
  [user: string, group: string, from: string | null, to: string | null],
  { body: Json<MemberHistory[]> | null }
>('progress_history', 'SELECT progress_history($1, $2, $3, $4, to_ms(now())) AS body');
