import { describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { API_ROLE, asRole, READER_ROLE } from '../support/roles.js';
import { errorCode, useDatabase } from './support/connections.js';
import { insertGroupOfTwo } from './support/fixtures.js';

const DENIED = '42501';

describe('The role', () => {
  let api: pg.Client;
  let reader: pg.Client;
  let group: string;

  useDatabase(async ({ url, connect }) => {
    ({ group } = await insertGroupOfTwo(await connect()));
    api = await connect({ connectionString: asRole(url, API_ROLE) });
    reader = await connect({ connectionString: asRole(url, READER_ROLE) });
  });

  it.each([
    'CREATE TABLE mine (id integer)',
    'ALTER TABLE groups ADD COLUMN mine integer',
    'DROP FUNCTION pause_session',
    'TRUNCATE rate_limit_uses',
    'ALTER TABLE groups DISABLE TRIGGER ALL',
    "SET session_replication_role = 'replica'",
    'DELETE FROM mikro_orm_migrations',
    "UPDATE installed_routines SET checksum = ''",
  ])('of the API may not: %s', async (statement) => {
    expect(await errorCode(api.query(statement))).toBe(DENIED);
  });

  it('of the API may read and write every table of the product', async () => {
    const { rows } = await api.query<{ table: string }>(
      `SELECT relname AS table FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
          AND relname NOT IN ('mikro_orm_migrations', 'installed_routines')
          AND NOT (has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')
                   AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE'))`,
    );
    expect(rows).toEqual([]);
  });

  it('of an analyst may read progress', async () => {
    const { rows } = await reader.query('SELECT seconds_done FROM group_member_period_progress WHERE group_id = $1', [
      group,
    ]);
    expect(rows).toEqual([{ seconds_done: '0' }, { seconds_done: '0' }]);
    expect((await reader.query('SELECT id, display_name FROM profiles')).rowCount).toBeGreaterThan(0);
  });

  it.each([
    'SELECT email FROM profiles',
    'SELECT FROM notifications',
    'SELECT FROM auth_identities',
    'SELECT FROM idempotency_keys',
    "UPDATE groups SET name = 'Mine'",
    'SELECT archive_expired_groups()',
  ])('of an analyst may not: %s', async (statement) => {
    expect(await errorCode(reader.query(statement))).toBe(DENIED);
  });
});
