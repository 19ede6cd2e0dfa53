import type pg from 'pg';
import { zoneAtNoon } from './time.js';

type Queries = Pick<pg.Pool, 'connect'>;

/** The state of every session. */
export type BulkSessionState = 'running' | 'expired' | 'scheduled';

/** The nth id of a kind. Ids ascend with n, in locking order. */
export const bulkId = (kind: 'person' | 'group' | 'session', nth: number): string =>
  `${nth.toString(16).padStart(8, '0')}-0000-4000-8000-00000000000${{ person: 1, group: 2, session: 3 }[kind]}`;

const id = (kind: 'person' | 'group' | 'session', nth = 'n'): string =>
  `(lpad(to_hex(${nth}), 8, '0') || '${bulkId(kind, 0).slice(8)}')::uuid`;

/** The columns of a session in each state. */
const SESSION: Record<BulkSessionState, string> = {
  running: `'running', NULL, hour_ago, hour_ago, hour_ago, hour_ago + interval '12 hours', hour_ago`,
  expired: `'running', NULL, hour_ago - interval '12 hours', hour_ago - interval '12 hours', hour_ago - interval '12 hours', hour_ago, hour_ago - interval '12 hours'`,
  scheduled: `'scheduled', hour_ago + interval '65 minutes', NULL, NULL, NULL, hour_ago + interval '25 hours', hour_ago`,
};

const RUNS: Record<BulkSessionState, boolean> = { running: true, expired: true, scheduled: false };

const statements = (state: BulkSessionState): string[] => [
  `INSERT INTO profiles (id) SELECT ${id('person')} FROM new_groups WHERE n > 0`,
  `INSERT INTO groups (id, owner_id, name, start_at, end_at, timezone, period, period_target_minutes)
   SELECT ${id('group')}, owner, 'G', hour_ago - interval '30 days', hour_ago + interval '30 days', '${zoneAtNoon()}', 'daily', 1 FROM new_groups`,
  `INSERT INTO target_changes (group_id, target_minutes) SELECT ${id('group')}, 1 FROM new_groups`,
  `INSERT INTO group_members (group_id, group_period, user_id, role) SELECT ${id('group')}, 'daily', owner, 'owner' FROM new_groups`,
  `INSERT INTO sessions (id, group_id, creator_id, status, scheduled_start, started_at, running_since, last_verb_at, expires_at, created_at)
   SELECT ${id('session')}, ${id('group')}, owner, ${SESSION[state]} FROM new_groups`,
  `INSERT INTO session_participants (session_id, user_id, role, joined_at, session_created_at, session_ended)
   SELECT s.id, s.creator_id, 'host', s.created_at, s.created_at, false FROM sessions s`,
  ...(RUNS[state]
    ? [
        `INSERT INTO time_logs (participant_id, group_id, user_id, started_at)
         SELECT p.id, s.group_id, p.user_id, s.started_at FROM sessions s JOIN session_participants p ON p.session_id = s.id`,
      ]
    : []),
  'ANALYZE',
];

/**
 * Replaces all groups by `count` groups, each with its own owner who hosts a session. `first` owns the group with the
 * lowest id. Triggers and foreign keys are disabled, so it takes a second instead of a minute.
 */
export async function insertManyGroups(
  database: Queries,
  first: { id: string },
  { count, state }: { count: number; state: BulkSessionState },
): Promise<void> {
  const client = await database.connect();
  try {
    await client.query(`DELETE FROM sessions; DELETE FROM groups; DELETE FROM profiles WHERE id <> '${first.id}'`);
    await client.query("BEGIN; SET LOCAL session_replication_role = 'replica'");
    await client.query(
      `CREATE TEMP TABLE new_groups ON COMMIT DROP AS
       SELECT n, CASE WHEN n = 0 THEN '${first.id}' ELSE ${id('person')} END AS owner, to_ms(now()) - interval '1 hour' AS hour_ago
         FROM generate_series(0, ${count - 1}) AS n`,
    );
    for (const statement of statements(state)) await client.query(statement);
    await client.query('COMMIT');
  } finally {
    client.release();
  }
}
