import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as after } from 'node:timers/promises';
import { type Person, useApi } from '../support/api.js';
import { type ApiProcess, startApiProcess } from '../support/api-process.js';
import { createGroup, createRunningSession } from '../support/factories.js';
import { type RaceStream, watch } from '../support/stream.js';
import { startSecond } from '../support/second.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { zoneAtNoon } from '../support/time.js';

const api = useApi();
/** The proxy for the writing process's LISTEN connection. */
let proxy: TcpProxy;
let ana: Person;
let group: { id: string };
let stream: RaceStream;

beforeEach(async () => {
  proxy = await startTcpProxy(Number(new URL(api.databaseUrl).port));
  ana = await api.person('Ana');
  group = await createGroup(ana, { timezone: zoneAtNoon() });
  stream = await watch(api.url, ana.token, group);
  await stream.next();
});
afterEach(async () => {
  stream.close();
  await proxy.stop();
});

const isRunning = (race: { running: boolean }[]): boolean => race.some(({ running }) => running);
const settings = (): Record<string, string> => ({ DATABASE_LISTEN_URL: proxy.url(api.databaseUrl) });

/** A change committed by another process, whose notifications are lost. */
async function changeUntold(writer: Pick<ApiProcess, 'as'>): Promise<void> {
  proxy.freeze('all');
  await createRunningSession(writer.as(ana), group);
  await after(500);
  expect(stream.races.some(isRunning)).toBe(false);
}

describe('A change committed by a process', () => {
  it('that is killed before it notifies others reaches streams of other processes within 15 s', async () => {
    const writer = await startApiProcess(api, settings());
    try {
      await changeUntold(writer);
    } finally {
      await writer.end('SIGKILL');
    }
    await stream.until(isRunning, 15_000);
  }, 120_000);

  it('that cannot notify others at first notifies them later', async () => {
    const writer = await startSecond(api, settings());
    try {
      await changeUntold(writer);
      proxy.thaw();
      await stream.until(isRunning, 15_000);
    } finally {
      await writer.stop();
    }
  }, 60_000);

  it('that is stopped notifies others before it ends', async () => {
    const writer = await startSecond(api);
    await createRunningSession(writer.as(ana), group);
    await writer.stop();
    await stream.until(isRunning, 2_000);
    const { rows } = await api.database.query(
      "SELECT FROM live_processes WHERE seen_at > now() - interval '9 seconds'",
    );
    expect(rows).toHaveLength(1);
  }, 60_000);
});
