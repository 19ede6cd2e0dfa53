import { beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as after } from 'node:timers/promises';
import { problemCodes } from '../../src/common/problem.js';
import { Database } from '../../src/database/database.js';
import { Listener } from '../../src/database/listener.js';
import { type Person, useApi } from '../support/api.js';
import { createGroup, createRunningSession, nobody } from '../support/factories.js';
import { nextTick } from '../support/focus.js';
import { growth, metricOf } from '../support/metrics.js';
import { on } from '../support/sdk.js';

const LIMIT = 2;
const JOB = 'end-expired-sessions';

const api = useApi({ METRICS_ENABLED: 'true', DATABASE_POOL_MAX: String(LIMIT) });
let ana: Person;

beforeAll(async () => {
  ana = await api.person('Ana');
});

const metric = (name: string, labels = {}): Promise<number> => metricOf(api.url, name, labels);
const growthOf = (name: string, labels: Record<string, string>, work: () => Promise<unknown>): Promise<number> =>
  growth(api.url, name, labels, work);

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await after(20);
}

describe('The pool', () => {
  it('shows its connections, its limit, who waits, and how long', async () => {
    const released = Promise.withResolvers<undefined>();
    const users = Array.from({ length: LIMIT }, () => api.app.get(Database).inTransaction(() => released.promise));
    await until(async () => (await metric('lockin_pool_connections', { state: 'in_use' })) === LIMIT);
    expect(await metric('lockin_pool_connections_limit')).toBe(LIMIT);
    expect(await metric('lockin_pool_connections', { state: 'idle' })).toBe(0);

    const seconds = await growthOf('lockin_pool_wait_seconds_sum', {}, async () => {
      const waiting = ana.get('/api/me').then(({ status }) => status);
      await until(async () => (await metric('lockin_pool_waiting')) >= 1);
      await after(200);
      released.resolve(undefined);
      expect(await waiting).toBe(200);
      await Promise.all(users);
    });
    expect(seconds).toBeGreaterThanOrEqual(0.2);
    await until(async () => (await metric('lockin_pool_connections', { state: 'idle' })) === LIMIT);
    await until(async () => (await metric('lockin_pool_connections', { state: 'in_use' })) === 0);
    expect(await metric('lockin_pool_waiting')).toBe(0);
  });
});

describe('A statement', () => {
  it('is timed by its name', async () => {
    const count = 'lockin_statement_duration_seconds_count';
    expect(await growthOf(count, { statement: 'me' }, () => ana.get('/api/me'))).toBe(1);
    expect(await metric('lockin_statement_duration_seconds_sum', { statement: 'me' })).toBeGreaterThan(0);
  });

  it('is timed also if the database refuses it', async () => {
    const labels = { statement: 'group_archive' };
    const archive = async () => ana.api.POST('/api/groups/{id}:archive', on({ id: nobody() }));
    expect(await growthOf('lockin_statement_duration_seconds_count', labels, archive)).toBe(1);
  });
});

describe('A problem', () => {
  const refusals = (code: keyof typeof problemCodes, work: () => Promise<unknown>): Promise<number> =>
    growthOf('lockin_problems_total', { code, status: String(problemCodes[code].status) }, work);

  it('is counted by its code, from 0', async () => {
    expect(await metric('lockin_problems_total', { code: 'group_full', status: '409' })).toBe(0);
    expect(await refusals('not_found', async () => ana.get(`/api/groups/${nobody()}`))).toBe(1);
    expect(await refusals('not_found', () => fetch(`${api.url}/nowhere`))).toBe(1);
    expect(await refusals('unauthenticated', () => fetch(`${api.url}/api/me`))).toBe(1);
    expect(await refusals('invalid_request', async () => ana.get('/api/groups/1'))).toBe(1);
  });
});

describe('The notification lag', () => {
  const notified = 'lockin_notification_lag_seconds_count';
  const lag = 'lockin_notification_lag_seconds_sum';

  async function changesRace(): Promise<void> {
    const host = await api.person();
    const before = await metric(notified);
    await createRunningSession(host, await createGroup(host), 60);
    await until(async () => (await metric(notified)) > before);
  }

  it("lasts from a change's commit to its notification", async () => {
    await until(async () => (await metric('lockin_listener_connected')) === 1);
    const seconds = await growthOf(lag, {}, changesRace);
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThan(1);
  });

  it('includes the time in which the connection is away', async () => {
    const { rowCount } = await api.database.query(
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
       WHERE application_name = 'lockin listener' AND datname = current_database()`,
    );
    expect(rowCount).toBe(1);
    await until(async () => (await metric('lockin_listener_connected')) === 0);
    expect(await growthOf(lag, {}, changesRace)).toBeGreaterThan(0.5);
    expect(await metric('lockin_listener_connected')).toBe(1);
  });

  it('ends with the arrival: a notification precedes the answer to the statement that sent it', async () => {
    const arrived: string[] = [];
    const listener = api.app.get(Listener);
    listener.subscribe('some_channel', { onMessage: (payload) => arrived.push(payload), onReconnect: () => undefined });
    await listener.notify('some_channel', ['a', 'b']);
    expect(arrived).toEqual(['a', 'b']);
  });
});

describe('A job', () => {
  it('shows how late it was claimed and when it last succeeded', async () => {
    expect(await growthOf('lockin_job_delay_seconds_count', { name: JOB }, () => nextTick(api))).toBe(1);
    expect(await metric('lockin_job_delay_seconds_sum', { name: JOB })).toBeLessThan(31);
    const succeeded = await metric('lockin_job_last_success_timestamp_seconds', { name: JOB });
    expect(Math.abs(succeeded - Date.now() / 1_000)).toBeLessThan(10);

    await api.database.query('ALTER FUNCTION end_expired_sessions RENAME TO broken');
    await nextTick(api);
    await api.database.query('ALTER FUNCTION broken RENAME TO end_expired_sessions');
    expect(await metric('lockin_job_last_success_timestamp_seconds', { name: JOB })).toBe(succeeded);
    await nextTick(api);
    expect(await metric('lockin_job_last_success_timestamp_seconds', { name: JOB })).toBeGreaterThan(succeeded);
  });
});
