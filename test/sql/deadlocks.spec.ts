import { beforeEach, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { deadlocksIn, hold, pidOf, untilEndedOrWaiting } from '../support/locks.js';
import { errorCode, useDatabase } from './support/connections.js';
import { lockConflicts, type Setup } from './support/lock-conflicts.js';

let observer: pg.Client;
let holders: pg.Client[];
let clients: pg.Client[];
let pids: number[];

useDatabase(async (database) => {
  const connect = (): Promise<pg.Client> => database.connect();
  [observer, holders, clients] = await Promise.all([
    connect(),
    Promise.all([connect(), connect()]),
    Promise.all([connect(), connect()]),
  ]);
  for (const client of clients) await client.query("SET deadlock_timeout = '50ms'");
  pids = await Promise.all(clients.map(pidOf));
});
beforeEach(() => observer.query('DELETE FROM sessions; DELETE FROM groups; DELETE FROM profiles'));

/** Releases each lock once both commands wait or have ended; returns the commands' errors. */
async function runInConflict(setUp: Setup): Promise<(string | undefined)[]> {
  const { held, commands } = await setUp(observer);
  const releases: (() => Promise<void>)[] = [];
  for (const [nth, [lock, id]] of held.entries()) releases.push(await hold(holders[nth]!, lock, [id]));
  const errors: Promise<string | undefined>[] = [];
  const settled = async (): Promise<void> => {
    for (const [nth, error] of errors.entries()) await untilEndedOrWaiting(observer, error, { pid: pids[nth]! });
  };
  for (const [nth, command] of commands.entries()) {
    errors.push(errorCode(command(clients[nth]!)));
    await settled();
  }
  for (const release of releases) {
    await release();
    await settled();
  }
  return Promise.all(errors);
}

describe('Locks are taken in one order, so there is no deadlock between', () => {
  it.each(Object.keys(lockConflicts))('%s', async (name) => {
    const before = await deadlocksIn(observer, clients);
    const codes = await runInConflict(lockConflicts[name]!);
    expect(codes).not.toContain('40P01');
    expect((await deadlocksIn(observer, clients)) - before).toBe(0);
  });
});
