import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { API_ROLE, asRole, READER_ROLE } from '../support/roles.js';
import { openDatabase, refusalOf, type Connections } from './support/connections.js';
import { aClub } from './support/world.js';

const DENIED = '42501';

describe('The role', () => {
  let database: Connections;
  let api: pg.Client;
  let reader: pg.Client;
  let club: string;

  beforeAll(async () => {
    database = await openDatabase();
    ({ club } = await aClub(await database.connect()));
    api = new pg.Client({ connectionString: asRole(database.url, API_ROLE) });
    reader = new pg.Client({ connectionString: asRole(database.url, READER_ROLE) });
    await Promise.all([api.connect(), reader.connect()]);
  });

  afterAll(async () => {
    await Promise.all([api.end(), reader.end()]);
    await database.close();
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
  ])('of the API does not: %s', async (statement) => {
    expect(await refusalOf(api.query(statement))).toBe(DENIED);
  });

  it('of the API reads and writes every table of the product', async () => {
    const { rows } = await api.query<{ table: string }>(
      `SELECT relname AS table FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
          AND relname NOT IN ('mikro_orm_migrations', 'installed_routines')
          AND NOT (has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')
                   AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE'))`,
    );
    expect(rows).toEqual([]);
  });

  it('of an analyst reads the races', async () => {
    const { rows } = await reader.query('SELECT seconds_done FROM group_member_period_progress WHERE group_id = $1', [
      club,
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
  ])('of an analyst does not: %s', async (statement) => {
    expect(await refusalOf(reader.query(statement))).toBe(DENIED);
  });
});
