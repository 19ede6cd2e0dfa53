import { afterEach, describe, expect, it } from '@jest/globals';
import { MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import type { ChangeNotifier } from '../../src/database/change-notifier.js';
import type { Environment } from '../../src/config/environment.js';
import { DatabaseMetrics } from '../../src/database/database-metrics.js';
import { Database, statement } from '../../src/database/database.js';
import { ormOptions } from '../../src/database/orm.js';
import { Metrics } from '../../src/server/metrics.js';
import { Tracing } from '../../src/server/tracing.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let orm: MikroORM;
/** These tests change nothing that needs a notification. */
const unused = {
  notify: () => undefined,
} as unknown as ChangeNotifier;
const PLACES = 2;

function open(): Database {
  const environment = { METRICS_ENABLED: false, DATABASE_POOL_MAX: PLACES } as Environment;
  return new Database(orm, unused, new DatabaseMetrics(new Metrics(environment), environment), new Tracing());
}

async function start(): Promise<void> {
  database = await createTestDatabase();
  orm = await MikroORM.init(ormOptions({ DATABASE_URL: database.url, DATABASE_POOL_MAX: PLACES }));
}

afterEach(() => database.drop());

/** Terminates the backend of an open transaction. */
async function killBackend(pid: number): Promise<void> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query('SELECT pg_terminate_backend($1, 5000)', [pid]);
  await client.end();
}

async function dieInsideTransaction(): Promise<void> {
  await orm.em.fork().transactional(async (em) => {
    const [{ pid }] = await em.execute<[{ pid: number }]>('SELECT pg_backend_pid() AS pid');
    await killBackend(pid);
    await em.execute('SELECT 1');
  });
}

describe('A backend that is terminated inside a transaction', () => {
  it('leaks no connection of the pool, and close() returns', async () => {
    await start();
    for (let i = 0; i < PLACES * 2; i++) await expect(dieInsideTransaction()).rejects.toThrow();
    const rows = await Promise.all(
      Array.from({ length: PLACES }, () => orm.em.fork().transactional((em) => em.execute('SELECT 1 AS one'))),
    );
    expect(rows).toEqual(Array(PLACES).fill([{ one: 1 }]));
    await orm.close();
    expect(await orm.isConnected()).toBe(false);
  });
});

describe('A statement', () => {
  const refused = statement<[], never>('refused', "DO $$ BEGIN RAISE SQLSTATE 'LK404'; END $$");
  const fatal = statement<[], never>('fatal', 'SELECT pg_terminate_backend(pg_backend_pid())');
  const backend = statement<[], { pid: number }>('backend', 'SELECT pg_backend_pid() AS pid');

  it('that fails keeps its connection, and its prepared statements', async () => {
    await start();
    const door = open();
    const { pid } = await door.one(backend);
    await expect(door.all(refused)).rejects.toMatchObject({ code: 'not_found' });
    expect(await door.one(backend)).toEqual({ pid });
    await orm.close();
  });

  it('whose backend is terminated is replaced in the pool', async () => {
    await start();
    const door = open();
    for (let i = 0; i < PLACES * 2; i++) {
      const { pid } = await door.one(backend);
      await expect(door.all(fatal)).rejects.toMatchObject({ code: 'unavailable' });
      expect((await door.one(backend)).pid).not.toBe(pid);
    }
    await orm.close();
  });
});
