import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { deadlocksIn, hold, pidOf, standing } from '../support/locks.js';
import { openDatabase, refusalOf, type Connections } from './support/connections.js';
import { type Arrange, crossings } from './support/crossings.js';

let database: Connections;
let watch: pg.Client;
let gates: pg.Client[];
let clients: pg.Client[];
let pids: number[];

beforeAll(async () => {
  database = await openDatabase();
  const connect = (): Promise<pg.Client> => database.connect();
  [watch, gates, clients] = await Promise.all([
    connect(),
    Promise.all([connect(), connect()]),
    Promise.all([connect(), connect()]),
  ]);
  for (const client of clients) await client.query("SET deadlock_timeout = '50ms'");
  pids = await Promise.all(clients.map(pidOf));
});
afterAll(() => database.close());
beforeEach(() => watch.query('DELETE FROM sessions; DELETE FROM groups; DELETE FROM profiles'));

/** Lets both operations come to a halt before each gate opens; returns why either was refused. */
async function cross(arrange: Arrange): Promise<(string | undefined)[]> {
  const { gates: locks, operations } = await arrange(watch);
  const releases: (() => Promise<void>)[] = [];
  for (const [nth, [lock, id]] of locks.entries()) releases.push(await hold(gates[nth]!, lock, [id]));
  const answers: Promise<string | undefined>[] = [];
  const settled = async (): Promise<void> => {
    for (const [nth, answer] of answers.entries()) await standing(watch, answer, { pid: pids[nth]! });
  };
  for (const [nth, operation] of operations.entries()) {
    answers.push(refusalOf(operation(clients[nth]!)));
    await settled();
  }
  for (const release of releases) {
    await release();
    await settled();
  }
  return Promise.all(answers);
}

describe('Locks are taken in one order, so that no deadlock comes of', () => {
  it.each(Object.keys(crossings))('%s', async (name) => {
    const before = await deadlocksIn(watch, clients);
    const refusals = await cross(crossings[name]!);
    expect(refusals).not.toContain('40P01');
    expect((await deadlocksIn(watch, clients)) - before).toBe(0);
  });
});
