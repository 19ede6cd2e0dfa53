import { afterEach, describe, expect, it } from '@jest/globals';
import { Migration } from '@mikro-orm/migrations';
import type pg from 'pg';
import { tableSteps } from '../../migrations/index.js';
import { readDefinitions } from '../../migrations/definitions.js';
import { migrate } from '../../src/database/migrate.js';
import { catalogOf } from './support/catalog.js';
import { openDatabase, type Connections } from './support/connections.js';
import { insertGroupOfTwo, call } from './support/fixtures.js';

const TABLES = `SELECT tablename AS name FROM pg_tables
                 WHERE schemaname = 'public' AND tablename NOT IN ('installed_routines', 'mikro_orm_migrations') ORDER BY 1`;

/** What PostgreSQL 15.20 and its siblings refuse while a function with an SQL-standard body takes a table's row type. */
class AddColumns extends Migration {
  override name = '20991231000000_add_columns';

  override async up(): Promise<void> {
    for (const { name } of (await this.execute(TABLES)) as { name: string }[])
      this.addSql(`ALTER TABLE ${name} ADD COLUMN added integer NOT NULL DEFAULT 1`);
    this.addSql('ALTER TABLE rate_limit_uses ALTER COLUMN action TYPE varchar(80)');
    this.addSql('ALTER TABLE sessions ALTER COLUMN added TYPE bigint');
    // A trigger is defined by it.
    this.addSql('ALTER TABLE profiles ALTER COLUMN avatar_url TYPE varchar(4000)');
  }

  override async down(): Promise<void> {
    for (const { name } of (await this.execute(TABLES)) as { name: string }[])
      this.addSql(`ALTER TABLE ${name} DROP COLUMN added`);
    this.addSql('ALTER TABLE profiles ALTER COLUMN avatar_url TYPE text');
    this.addSql('ALTER TABLE rate_limit_uses ALTER COLUMN action TYPE text');
  }
}

/** A step that takes back what another one made, as a later release would. */
class DropColumns extends AddColumns {
  override name = '20991231000001_drop_columns';

  override up(): Promise<void> {
    return super.down();
  }
}

describe('A migration that changes tables', () => {
  let database: Connections;

  afterEach(() => database.close());

  async function migrated(): Promise<pg.Client> {
    database = await openDatabase();
    return database.connect();
  }

  /** What is installed, leaving out the conditions of triggers, into which a changed type puts casts. */
  const routines = async (client: pg.Client): Promise<string[]> =>
    (await catalogOf(client))
      .filter((line) => /^(function|trigger|view) /.test(line))
      .map((line) => line.replace(/ WHEN .* EXECUTE /, ' EXECUTE '));

  it('adds a column to every table, changes a type and drops the column again, with the same routines', async () => {
    const client = await migrated();
    const [before, installed] = [await catalogOf(client), await routines(client)];
    const steps = [...tableSteps, AddColumns];
    expect(await migrate({ DATABASE_URL: database.url }, steps)).toEqual(['20991231000000_add_columns', 'routines']);
    expect(await routines(client)).toEqual(installed);
    const { ana, group } = await insertGroupOfTwo(client);
    const session = await call<string>(client, 'create_session', [ana, group, null]);
    for (const verb of ['start', 'pause', 'resume', 'stop'])
      await call(client, `${verb}_session`, [ana, session, null]);
    const race = await client.query('SELECT seconds_done FROM group_member_period_progress WHERE group_id = $1', [
      group,
    ]);
    expect(race.rows).toEqual([{ seconds_done: '0' }, { seconds_done: '0' }]);

    expect(await migrate({ DATABASE_URL: database.url }, [...steps, DropColumns])).toEqual([
      '20991231000001_drop_columns',
      'routines',
    ]);
    expect(await catalogOf(client)).toEqual(before);
  });

  it('leaves no trace when it fails', async () => {
    class Fails extends AddColumns {
      override name = '20991231000002_fails';

      override async up(): Promise<void> {
        await super.up();
        this.addSql('SELECT 1 / 0');
      }
    }
    const client = await migrated();
    const before = await catalogOf(client);
    await expect(migrate({ DATABASE_URL: database.url }, [...tableSteps, Fails])).rejects.toThrow('division by zero');
    expect(await catalogOf(client)).toEqual(before);
  });
});

describe('The routines', () => {
  let database: Connections;

  afterEach(() => database.close());

  it('are installed as in the files, each with its comment, and no others', async () => {
    database = await openDatabase();
    const client = await database.connect();
    const { rows } = await client.query<{ object: string; comment: string | null }>(`
      SELECT 'FUNCTION ' || proname AS object, obj_description(p.oid, 'pg_proc') AS comment FROM pg_proc p
       WHERE pronamespace = 'public'::regnamespace
         AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND deptype = 'e')
      UNION ALL SELECT 'VIEW ' || relname, obj_description(oid, 'pg_class') FROM pg_class
       WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace
      UNION ALL SELECT format('TRIGGER %s ON %s', tgname, tgrelid::regclass), obj_description(oid, 'pg_trigger')
        FROM pg_trigger WHERE NOT tgisinternal`);
    const objects = readDefinitions().map(({ object }) => object);
    expect(rows.map(({ object }) => object).sort()).toEqual([...new Set(objects)].sort());
    expect(objects).toHaveLength(new Set(objects).size);
    expect(rows.filter(({ comment }) => !comment)).toEqual([]);
  });

  it('are replaced in place if their text changed, and else left alone', async () => {
    database = await openDatabase();
    const client = await database.connect();
    const versions = async (): Promise<Map<string, string>> => {
      const { rows } = await client.query<{ name: string; version: string }>(
        `SELECT proname AS name, oid || ' ' || xmin AS version FROM pg_proc WHERE pronamespace = 'public'::regnamespace
         UNION ALL SELECT tgname, oid || ' ' || xmin FROM pg_trigger`,
      );
      return new Map(rows.map(({ name, version }) => [name, version]));
    };
    // As an earlier release would have left it.
    await client.query(`CREATE OR REPLACE FUNCTION max_session_length() RETURNS interval LANGUAGE sql IMMUTABLE AS $$ SELECT interval '1 hour' $$;
      UPDATE installed_routines SET checksum = 'of an earlier text' WHERE object = 'FUNCTION max_session_length'`);
    const before = await versions();
    expect(await migrate({ DATABASE_URL: database.url })).toEqual(['routines']);
    const after = await versions();
    const changed = [...after].filter(([name, version]) => before.get(name) !== version).map(([name]) => name);
    expect(changed).toEqual(['max_session_length']);
    const oid = (version: string | undefined): string | undefined => version?.split(' ')[0];
    expect(oid(after.get('max_session_length'))).toBe(oid(before.get('max_session_length')));
    expect((await client.query('SELECT max_session_length()::text AS length')).rows).toEqual([{ length: '12:00:00' }]);
    expect(await migrate({ DATABASE_URL: database.url })).toEqual([]);
  });

  it('are recreated if the signature changed, and dropped if the files do not contain them', async () => {
    database = await openDatabase();
    const client = await database.connect();
    const before = await catalogOf(client);
    await client.query(`DROP VIEW group_member_period_progress; DROP FUNCTION group_progress_at;
      CREATE FUNCTION former(group_id uuid) RETURNS integer LANGUAGE sql AS 'SELECT 1';
      ALTER FUNCTION former RENAME TO group_progress_at;
      CREATE FUNCTION gone(group_id uuid) RETURNS integer LANGUAGE sql AS 'SELECT 1';
      DELETE FROM installed_routines WHERE object LIKE 'VIEW %';
      UPDATE installed_routines SET checksum = '', signature = '' WHERE object = 'FUNCTION group_progress_at';
      INSERT INTO installed_routines VALUES ('FUNCTION gone', '', '')`);
    expect(await migrate({ DATABASE_URL: database.url })).toEqual(['routines']);
    expect(await catalogOf(client)).toEqual(before);
  });
});
