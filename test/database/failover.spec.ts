import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { setTimeout as after } from 'node:timers/promises';
import { migrate } from '../../src/database/migrate.js';
import type { Postgres } from '../../local/postgres.js';
import { type Api, type Person, startApi } from '../support/api.js';

import { inDays } from '../support/factories.js';
import { query, type Server, startServer } from '../support/server.js';
import { kill, startStandby } from '../support/standby.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';

let primary: Server;
let standby: Postgres;
/** The address of the current primary. */
let proxy: TcpProxy;
let api: Api;
let ana: Person;

beforeEach(async () => {
  Logger.overrideLogger(false);
  primary = await startServer();
  await primary.query('CREATE DATABASE lockin');
  await migrate({ DATABASE_URL: primary.url('lockin') });
  standby = await startStandby(primary);
  proxy = await startTcpProxy(primary.port);
  api = await startApi({ DATABASE_URL: proxy.url(primary.url('lockin')) });
  ana = await api.person('Ana');
}, 60_000);
afterEach(async () => {
  await api.stop();
  await proxy.stop();
  await Promise.all([standby.stop(), primary.stop()]);
}, 60_000);

interface Outcome {
  readonly acknowledged: string[];
  readonly statuses: Set<number>;
  /** From the start of `then` until the first acknowledged write. */
  readonly backAfterMs: number;
}

/** Creates groups, 8 at once, during a failure and until writes succeed again. */
async function whileWriting(happens: () => Promise<void>, then: () => Promise<void>): Promise<Outcome> {
  const acknowledged: string[] = [];
  const statuses = new Set<number>();
  let over = Infinity;
  let back = Infinity;
  const write = async (writer: number): Promise<void> => {
    for (let nth = 0; back === Infinity; nth++) {
      const name = `${writer} ${nth}`;
      const since = Date.now();
      const body = { name, end_at: inDays(7), timezone: 'UTC', period: 'daily', period_target_minutes: 60 };
      const { status } = await ana.post('/api/groups', body);
      expect(Date.now() - since).toBeLessThan(10_000);
      statuses.add(status);
      if (status === 201) acknowledged.push(name);
      if (status === 201 && since >= over) back = Date.now();
      if (status !== 201) await after(100);
    }
  };
  const writers = Promise.all(Array.from({ length: 8 }, (_, writer) => write(writer)));
  await after(1_000);
  await happens();
  await after(2_000);
  over = Date.now();
  await then();
  await writers;
  return { acknowledged, statuses, backAfterMs: back - over };
}

/** Promotes the standby, to which new connections go. */
async function promote(): Promise<void> {
  await query(standby.url('postgres'), 'SELECT pg_promote()');
  proxy.moveTo(standby.port);
}

async function expectNothingLost({ acknowledged, statuses, backAfterMs }: Outcome, server: Postgres): Promise<void> {
  const rows = await query<{ name: string }>(server.url('lockin'), 'SELECT name FROM groups');
  const found = new Set(rows.map(({ name }) => name));
  expect(acknowledged.filter((name) => !found.has(name))).toEqual([]);
  expect(acknowledged.length).toBeGreaterThan(10);
  expect([...statuses].sort()).toEqual([201, 503]);
  expect(backAfterMs).toBeLessThan(30_000);
}

describe('Nothing acknowledged is lost, and the service is back within 30 s, where the primary', () => {
  it('is killed and its standby promoted', async () => {
    const outcome = await whileWriting(() => kill(primary), promote);
    await expectNothingLost(outcome, standby);
  }, 90_000);

  it('freezes and its standby is promoted', async () => {
    const freeze = (): Promise<void> => Promise.resolve(proxy.freeze('all'));
    const outcome = await whileWriting(freeze, async () => {
      await promote();
      proxy.thaw();
    });
    await expectNothingLost(outcome, standby);
  }, 90_000);

  it('is read-only for a while', async () => {
    const readOnly = async (value: string): Promise<void> => {
      await primary.query(`ALTER SYSTEM SET default_transaction_read_only = ${value}`);
      await primary.query('SELECT pg_reload_conf()');
    };
    const outcome = await whileWriting(
      () => readOnly('on'),
      () => readOnly('off'),
    );
    await expectNothingLost(outcome, primary);
  }, 90_000);
});
