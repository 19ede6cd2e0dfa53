import { beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { routines } from '../support/routines.js';
import { useDatabase } from './support/connections.js';
import { insertGroupOfTwo, call } from './support/fixtures.js';

let psql: pg.Client;
let api: pg.Client;
let listener: pg.Client;
let ana: string;
let ben: string;
let group: string;
/** Payloads of NOTIFY, and of notices to the API. */
let notified: string[] = [];
let notices: string[] = [];

useDatabase(async ({ connect }) => {
  [psql, listener, api] = [await connect(), await connect(), await connect({ application_name: 'lockin api' })];
  await listener.query('LISTEN group_changed');
  listener.on('notification', ({ payload = '' }) => notified.push(payload));
  api.on('notice', ({ code, detail = '' }) => code === 'LKCHG' && notices.push(detail));
});
beforeEach(async () => {
  ({ ana, ben, group } = await insertGroupOfTwo(psql));
  await receiveAll();
  [notified, notices] = [[], []];
});

/** Waits for all committed notifications: they arrive in order, before the response of a later query. */
async function receiveAll(): Promise<void> {
  await psql.query("NOTIFY group_changed, 'last'");
  while (!notified.includes('last')) await listener.query('SELECT');
  notified = notified.filter((each) => each !== 'last');
}

async function startSession(client: pg.Client): Promise<string> {
  const session = await call<string>(client, routines.createSession, [ana, group, null]);
  await call(client, routines.joinSession, [ben, session]);
  await call(client, routines.startSession, [ana, session, null]);
  return session;
}

describe('A change of progress', () => {
  it('is notified for every client of the database', async () => {
    await startSession(psql);
    await receiveAll();
    expect(new Set(notified)).toEqual(new Set([group]));
  });

  it('is sent to the API as one notice per statement, without a NOTIFY in its transactions', async () => {
    await startSession(api);
    await receiveAll();
    expect([notified, notices]).toEqual([[], [group]]);
  });

  it('is sent to the API also with client_min_messages = error', async () => {
    await api.query('SET client_min_messages = error');
    await startSession(api);
    await api.query('RESET client_min_messages');
    expect(notices).toEqual([group]);
  });

  it('is not notified after a rollback', async () => {
    await psql.query('BEGIN');
    await startSession(psql);
    await psql.query('ROLLBACK');
    await receiveAll();
    expect(notified).toEqual([]);
  });

  it('is not notified for a solo session', async () => {
    for (const client of [psql, api]) {
      const session = await call<string>(client, routines.createSession, [ben, null, null]);
      await call(client, routines.startSession, [ben, session, null]);
      await call(client, routines.stopSession, [ben, session, null]);
    }
    await receiveAll();
    expect([notified, notices]).toEqual([[], []]);
  });

  it('is notified by both for a target or a name', async () => {
    for (const client of [psql, api]) {
      notified = [];
      await client.query('UPDATE groups SET period_target_minutes = period_target_minutes + 1 WHERE id = $1', [group]);
      await client.query("UPDATE profiles SET display_name = coalesce(display_name, '') || 'x' WHERE id = $1", [ana]);
      await receiveAll();
      expect(notified).toEqual([group, group]);
    }
  });
});

describe('The heartbeat of a process', () => {
  const beat = async (process: string, second: number): Promise<boolean> => {
    const at = new Date(Date.parse('2026-10-05T10:00:00Z') + second * 1000);
    return call<boolean>(psql, routines.keepLiveProcess, [process], at);
  };

  it('reports a stopped process once to each other process, within 12 s of its last heartbeat', async () => {
    const [dead, first, second] = [randomUUID(), randomUUID(), randomUUID()];
    const deaths: Record<string, number[]> = { [first]: [], [second]: [] };
    for (let now = 0; now <= 60; now++) {
      if (now <= 6 && now % 3 === 0) await beat(dead, now);
      if (now % 3 === 1 && (await beat(first, now))) deaths[first]!.push(now);
      // This one is held up for half a minute, and taken for dead meanwhile.
      if ((now < 4 || now > 34) && now % 3 === 2 && (await beat(second, now))) deaths[second]!.push(now);
    }
    expect(deaths).toEqual({ [first]: [13, 16], [second]: [35] });
  });

  it('reports no process that shut down, and nothing to a new process', async () => {
    const [left, dead, first] = [randomUUID(), randomUUID(), randomUUID()];
    await beat(left, 100);
    await beat(first, 100);
    await psql.query('DELETE FROM live_processes WHERE id = $1', [left]);
    for (let now = 103; now < 140; now += 3) expect(await beat(first, now)).toBe(false);
    await beat(dead, 140);
    expect(await beat(randomUUID(), 150)).toBe(false);
  });
});
