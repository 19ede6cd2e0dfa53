import { describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { useDatabase } from './support/connections.js';

/** specification 2: names that a second client of the database relies on. */
const tables: Record<string, string> = {
  profiles: 'id, email, display_name, avatar_url, created_at, updated_at',
  auth_identities: 'id, provider, subject, profile_id',
  groups:
    'id, owner_id, name, description, start_at, end_at, timezone, period, period_target_minutes, status, archived_at, created_at, updated_at',
  group_members: 'id, group_id, user_id, role, override_period_target_minutes, created_at',
  sessions: 'id, group_id, creator_id, status, scheduled_start, started_at, ended_at, created_at',
  session_participants: 'id, session_id, user_id, role',
  time_logs: 'id, participant_id, started_at, ended_at, created_at, group_id, user_id',
  notifications: 'id, recipient_id, kind, status, title, body, data, group_id, created_at, read_at',
  group_member_period_progress: 'group_id, user_id, period_start, period_end, seconds_done, target_minutes, goal_met',
};

const enumerations: Record<string, string[]> = {
  'groups.period': ['daily', 'weekly'],
  'groups.status': ['active', 'archived'],
  'group_members.role': ['owner', 'admin', 'member'],
  'sessions.status': ['scheduled', 'running', 'paused', 'ended'],
  'session_participants.role': ['host', 'participant'],
  'notifications.kind': ['group_invite', 'milestone_member', 'milestone_group', 'session_reminder', 'generic'],
  'notifications.status': ['pending', 'accepted', 'declined', 'read'],
};

describe('The database', () => {
  let client: pg.Client;

  useDatabase(async (database) => {
    client = await database.connect();
  });

  async function column<T = string>(text: string, values: unknown[] = []): Promise<T[]> {
    const { rows } = await client.query<[T]>({ text, values, rowMode: 'array' });
    return rows.map(([value]) => value);
  }

  it.each(Object.entries(tables))('has %s with its columns', async (table, columns) => {
    const found = await column('SELECT column_name FROM information_schema.columns WHERE table_name = $1', [table]);
    expect(columns.split(', ').filter((name) => !found.includes(name))).toEqual([]);
  });

  it.each(Object.entries(enumerations))('has the values of %s', async (place, values) => {
    const labels = await column(
      `SELECT enumlabel FROM pg_attribute JOIN pg_enum ON enumtypid = atttypid
        WHERE attrelid = split_part($1, '.', 1)::regclass AND attname = split_part($1, '.', 2) ORDER BY enumsortorder`,
      [place],
    );
    expect(labels).toEqual(values);
  });

  it('has the functions and triggers that specification 2 names', async () => {
    const functions = await column(
      `SELECT p.oid::regprocedure || ' ' || prorettype::regtype FROM pg_proc p
        WHERE pronamespace = 'public'::regnamespace
          AND proname IN ('archive_expired_groups', 'clone_group', 'group_progress_at', 'max_session_length',
                          'prevent_members_on_archived_groups', 'enforce_log_within_session') ORDER BY 1`,
    );
    expect(functions).toEqual([
      'archive_expired_groups() integer',
      'clone_group(uuid,uuid) uuid',
      'enforce_log_within_session() trigger',
      'group_progress_at(uuid,timestamp with time zone) member_period_progress',
      'max_session_length() interval',
      'prevent_members_on_archived_groups() trigger',
    ]);
  });

  it('stores every instant of the data model in milliseconds', async () => {
    const finer = await column(
      `SELECT format('%s.%s %s', table_name, column_name, data_type) FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name = ANY ($1)
          AND data_type LIKE 'timestamp%' AND (datetime_precision <> 3 OR data_type = 'timestamp without time zone')`,
      [Object.keys(tables).filter((table) => table !== 'group_member_period_progress')],
    );
    expect(finer).toEqual([]);
  });

  const OURS = `pronamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND deptype = 'e')`;

  it("has functions that do not depend on the caller's search_path", async () => {
    const loose = `SELECT pg_get_functiondef(p.oid) FROM pg_proc p
                    WHERE ${OURS} AND NOT coalesce('search_path=public, pg_temp' = ANY (proconfig), false)`;
    const others = await column(`${loose} AND prolang <> (SELECT oid FROM pg_language WHERE lanname = 'sql')`);
    expect(others).toEqual([]);
    // A function in plain SQL that names a search_path is not inlined: it names the schema of whatever it uses instead.
    await client.query(`BEGIN; SET LOCAL search_path = ''; SET LOCAL check_function_bodies = on`);
    for (const definition of await column(loose)) await client.query(definition);
    await client.query('ROLLBACK');
  });

  it('has functions whose bodies PostgreSQL accepts', async () => {
    await client.query('BEGIN; SET LOCAL check_function_bodies = on');
    for (const definition of await column(`SELECT pg_get_functiondef(p.oid) FROM pg_proc p WHERE ${OURS}`))
      await client.query(definition);
    await client.query('ROLLBACK');
  });

  it('has no SQL-standard function body, which would block ALTER TABLE', async () => {
    expect(await column(`SELECT proname::text FROM pg_proc p WHERE ${OURS} AND prosqlbody IS NOT NULL`)).toEqual([]);
  });

  it('reads the clock in the outermost functions, views and triggers only', async () => {
    const readers = await column(
      `WITH ours AS MATERIALIZED (
         SELECT oid, proname::text AS name FROM pg_proc p
          WHERE pronamespace = 'public'::regnamespace AND prokind = 'f' AND prorettype <> 'trigger'::regtype
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND deptype = 'e'))
       SELECT name FROM ours
        WHERE pg_get_functiondef(oid) ~* '(now\\(\\)|(clock|statement|current|local)_?timestamp)' ORDER BY name`,
    );
    expect(readers).toEqual(['archive_expired_groups', 'clone_group', 'is_in_future', 'trigger_clock']);
  });

  it('has an index for every foreign key', async () => {
    const unindexed = await column(
      `SELECT format('%s (%s)', conrelid::regclass, string_agg(attname, ', ' ORDER BY place)) FROM pg_constraint c
        CROSS JOIN LATERAL unnest(conkey) WITH ORDINALITY AS key (attnum, place)
        JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = key.attnum
       WHERE contype = 'f' AND NOT EXISTS (
               SELECT FROM pg_index i WHERE indrelid = conrelid AND indpred IS NULL AND indkey[0] = ANY (conkey))
       GROUP BY c.oid, conrelid`,
    );
    expect(unindexed).toEqual([]);
  });
});
