import type { Json } from '../../common/json.js';
import { statement } from '../../database/database.js';
import type { MemberProgress } from '../progress.dto.js';

/** A race as all its watchers see it; everything is null if there is no such group. */
export interface LiveRace {
  readonly body: Json<MemberProgress[]> | null;
  /** The users who may see it. */
  readonly members: string[] | null;
  /** Milliseconds until it changes by time alone; null for never. */
  readonly changes_in: number | null;
}

export const watchedRace = statement<[group: string], LiveRace>(
  'watched_race',
  'SELECT body, members, changes_in FROM watched_race($1, to_ms(now()))',
);

export const registerStream = statement<[user: string, group: string, stream: string, process: string], object>(
  'live_open_stream',
  'SELECT register_stream($1, $2, $3, $4, now())',
);

export const restoreStreams = statement<[process: string, streams: string[], people: string[]], object>(
  'live_restore_streams',
  `INSERT INTO live_streams (id, process_id, user_id)
   SELECT o.id, $1, o.user_id FROM unnest($2::uuid[], $3::uuid[]) o (id, user_id)
   ON CONFLICT ON CONSTRAINT live_streams_pkey DO NOTHING`,
);

export const closeStreams = statement<[streams: string[]], object>(
  'live_close_streams',
  'DELETE FROM live_streams WHERE id = ANY ($1)',
);

export const recordHeartbeat = statement<[process: string], { another_died: boolean }>(
  'live_heartbeat',
  'SELECT record_process_heartbeat($1, now()) AS another_died',
);

export const removeProcess = statement<[process: string], object>(
  'live_remove_process',
  'DELETE FROM live_processes WHERE id = $1',
);
