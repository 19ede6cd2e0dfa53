import { beforeAll, beforeEach, expect, it } from '@jest/globals';
import { setTimeout as after } from 'node:timers/promises';
import { Database, statement } from '../../src/database/database.js';
import { useApi } from '../support/api.js';

const PLACES = 2;

const api = useApi({ DATABASE_POOL_MAX: String(PLACES) });
let database: Database;

const write = statement<[id: number, by: string], never>(
  'test_write',
  'INSERT INTO notes VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET by = excluded.by',
);
const fail = statement<[], never>('test_fail', 'SELECT 1 / 0');
const own = statement<[], { pid: number; timeout: string }>(
  'test_own',
  "SELECT pg_backend_pid() AS pid, current_setting('idle_in_transaction_session_timeout') AS timeout",
);
const die = statement<[], never>('test_die', 'SELECT pg_terminate_backend(pg_backend_pid())');
const hurry = statement<[], never>(
  'test_hurry',
  "SELECT set_config('idle_in_transaction_session_timeout', '20ms', true)",
);

beforeAll(async () => {
  database = api.app.get(Database);
});
beforeEach(async () => {
  await api.database.query('DROP TABLE IF EXISTS notes; CREATE TABLE notes (id integer PRIMARY KEY, by text)');
});

const notes = async (): Promise<unknown[]> =>
  (await api.database.query({ text: 'SELECT id, by FROM notes ORDER BY id', rowMode: 'array' })).rows;

it('A transaction commits all of its statements or none', async () => {
  const work = database.inTransaction(async () => {
    await database.first(write, 1, 'lost');
    await database.first(fail);
  });
  await expect(work).rejects.toThrow('division by zero');
  await database.inTransaction(async () => {
    const { pid } = await database.one(own);
    await database.first(write, 2, 'kept');
    expect((await database.one(own)).pid).toBe(pid);
    expect(await notes()).toEqual([]);
  });
  await database.first(write, 3, 'alone');
  expect(await notes()).toEqual([
    [2, 'kept'],
    [3, 'alone'],
  ]);
});

it('Deadlocked transactions are retried as a whole', async () => {
  for (const id of [1, 2]) await database.first(write, id, 'nobody');
  let met = 0;
  let runs = 0;
  const crossing = (first: number, second: number, by: string): Promise<void> =>
    database.inTransaction(async () => {
      runs++;
      await database.first(write, first, by);
      for (met++; met < 2;) await after(10);
      await database.first(write, second, by);
    });
  await Promise.all([crossing(1, 2, 'one'), crossing(2, 1, 'other')]);
  // The transaction that is rolled back first lets the other one commit, unless both are rolled back at once.
  expect([3, 4]).toContain(runs);
  const [[, by]] = (await notes()) as [[number, string]];
  expect(await notes()).toEqual([
    [1, by],
    [2, by],
  ]);
});

it('A connection that breaks, in a statement or between two, is a 503 for that request only', async () => {
  for (let i = 0; i < PLACES * 2; i++) {
    const work = database.inTransaction(async () => {
      await database.first(write, 1, 'lost');
      await api.database.query('SELECT pg_terminate_backend($1, 5000)', [(await database.one(own)).pid]);
      await after(20);
      await database.first(write, 2, 'lost');
    });
    await expect(work).rejects.toMatchObject({ code: 'unavailable' });
    await expect(database.inTransaction(() => database.first(die))).rejects.toMatchObject({ code: 'unavailable' });
  }
  expect(await notes()).toEqual([]);
  await Promise.all(Array.from({ length: 10 }, (_, id) => database.inTransaction(() => database.first(write, id, ''))));
  expect(await notes()).toHaveLength(10);
});

it('An idle transaction is terminated', async () => {
  expect(await database.inTransaction(() => database.one(own))).toMatchObject({ timeout: '10s' });
  expect(await database.one(own)).toMatchObject({ timeout: '0' });
  const work = database.inTransaction(async () => {
    await database.first(write, 1, 'lost');
    await database.first(hurry);
    await after(100);
    await database.first(write, 2, 'lost');
  });
  await expect(work).rejects.toMatchObject({ code: 'unavailable' });
  await database.first(write, 1, 'next');
  expect(await notes()).toEqual([[1, 'next']]);
});

it('Requests with a key use one connection each, so more requests than connections wait for each other', async () => {
  const ana = await api.person('Ana');
  const answers = await Promise.all(
    Array.from({ length: 15 }, (_, nth) => ana.post('/api/sessions', {}, { 'idempotency-key': `${nth}` })),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array(15).fill(201));
});
