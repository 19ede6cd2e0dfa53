import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { DefaultLogger } from '@mikro-orm/core';
import { MikroORM } from '@mikro-orm/postgresql';
import type pg from 'pg';
import { migrations } from '../../migrations/index.js';
import { migrate } from '../../src/database/migrate.js';
import { ormOptions } from '../../src/database/orm.js';
import { catalogOf, isBuiltIn, isMigrationTable } from './support/catalog.js';
import { openDatabase, type Connections } from './support/connections.js';

const run = promisify(execFile);

describe('The migrations', () => {
  const opened: Connections[] = [];

  // The migrator says what it does, many times here.
  beforeAll(() => void jest.spyOn(DefaultLogger.prototype, 'log').mockReturnValue());

  async function database(migrated: boolean): Promise<{ url: string; client: pg.Client }> {
    const connections = await openDatabase({ migrated });
    opened.push(connections);
    return { url: connections.url, client: await connections.connect() };
  }

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((connections) => connections.close()));
  });

  async function ran(client: pg.Client): Promise<string[]> {
    const { rows } = await client.query<{ name: string }>('SELECT name FROM mikro_orm_migrations ORDER BY id');
    return rows.map(({ name }) => name);
  }

  async function withOrm<T>(url: string, work: (orm: MikroORM) => Promise<T>): Promise<T> {
    const orm = await MikroORM.init(ormOptions({ DATABASE_URL: url, DATABASE_POOL_MAX: 1 }));
    try {
      return await work(orm);
    } finally {
      await orm.close();
    }
  }

  it('run down to an empty database, and up again to the same catalog', async () => {
    const { url, client } = await database(true);
    const before = await catalogOf(client);
    await withOrm(url, (orm) => orm.migrator.down({ to: 0 }));
    expect((await catalogOf(client)).filter((line) => !isMigrationTable(line) && !isBuiltIn(line))).toEqual([]);
    await migrate({ DATABASE_URL: url });
    expect(await catalogOf(client)).toEqual(before);
  });

  it('run down one by one, each reverting its own changes', async () => {
    const { url, client } = await database(false);
    await withOrm(url, async (orm) => {
      const catalogs: string[][] = [];
      for (const { name } of await orm.migrator.getPending()) {
        catalogs.push((await catalogOf(client)).filter((line) => !isMigrationTable(line)));
        await orm.migrator.up(name);
      }
      expect(catalogs).toHaveLength(migrations.length);
      for (const earlier of catalogs.reverse()) {
        await orm.migrator.down();
        expect((await catalogOf(client)).filter((line) => !isMigrationTable(line))).toEqual(earlier);
      }
    });
  });

  it('run once if several processes start at the same time', async () => {
    const { url, client } = await database(false);
    await Promise.all([1, 2, 3].map(() => migrate({ DATABASE_URL: url })));
    expect(await ran(client)).toHaveLength(migrations.length);
    expect(new Set(await ran(client)).size).toBe(migrations.length);
  });

  it('print as a script that creates the same database, which needs no migration', async () => {
    const [migrated, scripted] = await Promise.all([database(true), database(false)]);
    await apply(scripted.url, scripted.client);
    expect(await catalogOf(scripted.client)).toEqual(await catalogOf(migrated.client));
    expect(await ran(scripted.client)).toEqual(await ran(migrated.client));
    expect(await withOrm(scripted.url, (orm) => orm.migrator.getPending())).toEqual([]);
    const installed = 'TABLE installed_routines ORDER BY object';
    expect((await scripted.client.query(installed)).rows).toEqual((await migrated.client.query(installed)).rows);
  });
});

/** Through psql where the machine has it, as people do; else as the one simple query that psql would send. */
async function apply(url: string, client: pg.Client): Promise<void> {
  const { stdout: script } = await run('npm', ['run', '--silent', 'db:sql'], { maxBuffer: 10_000_000 });
  const psql = run('psql', ['--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', '--file=-', url]);
  psql.child.stdin?.on('error', () => undefined).end(script);
  try {
    await psql;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await client.query(script);
  }
}
