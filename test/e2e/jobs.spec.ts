import { beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SchedulerRegistry } from '@nestjs/schedule';
import { setTimeout as after } from 'node:timers/promises';
import type pg from 'pg';
import { type Person, useApi } from '../support/api.js';
import { createGroup, agoSeconds, createRunningSession, addMembers, people } from '../support/factories.js';
import { nextTick, notificationsOf } from '../support/focus.js';
import { startProcess } from '../support/processes.js';
import { created, type Schema } from '../support/sdk.js';
import { startSecond } from '../support/second.js';
import { hours, advanceTime, minutes, zoneAtNoon } from '../support/time.js';

const JOBS = [
  'archive-expired-groups',
  'award-milestones',
  'end-expired-sessions',
  'purge-idempotency-keys',
  'remember-streaks',
  'send-session-reminders',
];
const MINUTE = 60_000;

const api = useApi({ METRICS_ENABLED: 'true' });
let ana: Person;
let ben: Person;
/** Holds a lock for a test. */
let holder: pg.Client;

beforeAll(async () => {
  await api.database.query(COUNT_EFFECTS);
  holder = await api.connect();
});
beforeEach(async () => {
  [ana, ben] = await people(api, 'Ana', 'Ben');
});

/** Counts every effect of a job, also one that repeats an earlier one. */
const COUNT_EFFECTS = `
CREATE TABLE effects (what text, id uuid);
CREATE FUNCTION count_effect() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO effects VALUES (TG_ARGV[0], NEW.id);
  RETURN NULL;
END $$;
CREATE TRIGGER count_archived AFTER UPDATE ON groups FOR EACH ROW WHEN (NEW.status = 'archived')
  EXECUTE FUNCTION count_effect('archived');
CREATE TRIGGER count_ended AFTER UPDATE ON sessions FOR EACH ROW WHEN (NEW.status = 'ended')
  EXECUTE FUNCTION count_effect('ended');
CREATE TRIGGER count_told AFTER INSERT ON notifications FOR EACH ROW
  WHEN (NEW.kind IN ('milestone_member', 'milestone_group', 'session_reminder')) EXECUTE FUNCTION count_effect('told');`;

async function effects(): Promise<Record<string, number>> {
  const { rows } = await api.database.query<{ what: string; times: number }>(
    'SELECT what, count(*)::int AS times FROM effects GROUP BY what ORDER BY what',
  );
  return Object.fromEntries(rows.map(({ what, times }) => [what, times]));
}

const ALL_DONE = { archived: 1, ended: 1, told: 4 };

/** Work for every job: an ended group, an overlong session, a session that starts soon and a target that is met. */
async function work(): Promise<Schema<'GroupDetail'>> {
  await api.database.query('DELETE FROM sessions; DELETE FROM groups');
  await createGroup(ana, { end_at: agoSeconds(-60) });
  await createRunningSession(ben, undefined, 5);
  await advanceTime(api, hours(12));
  const group = await createGroup(ana, { timezone: zoneAtNoon(), period_target_minutes: 1 });
  await addMembers(ana, group, ben);
  await created(
    ana.api.POST('/api/sessions', { body: { group_id: group.id, scheduled_start: agoSeconds(-minutes(11)) } }),
  );
  await advanceTime(api, minutes(2));
  await createRunningSession(ana, group, 61);
  await api.database.query("TRUNCATE effects; UPDATE job_runs SET run_at = run_at - interval '1 minute'");
  return group;
}

async function metric(url: string, name: string, job: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name}{`) && each.includes(`name="${job}"`));
  return Number(line?.split(' ').at(-1) ?? NaN);
}

describe('A job that fails', () => {
  it('is counted, does not stop the others, and is retried at the next tick', async () => {
    await work();
    const failed = () => metric(api.url, 'lockin_job_failures_total', 'end-expired-sessions');
    const runs = () => metric(api.url, 'lockin_job_duration_seconds_count', 'end-expired-sessions');
    const [failuresBefore, runsBefore] = [await failed(), await runs()];
    await api.database.query('ALTER FUNCTION end_expired_sessions RENAME TO broken');
    await nextTick(api);
    await api.database.query('ALTER FUNCTION broken RENAME TO end_expired_sessions');
    expect([await failed(), await runs()]).toEqual([failuresBefore + 1, runsBefore + 1]);
    expect(await effects()).toEqual({ archived: 1, told: 3 });
    await nextTick(api);
    expect([await failed(), await runs()]).toEqual([failuresBefore + 1, runsBefore + 2]);
    expect(await effects()).toEqual(ALL_DONE);
    expect(await metric(api.url, 'lockin_job_duration_seconds_sum', 'end-expired-sessions')).toBeGreaterThan(0);
  });
});

describe('A job with more to do than a tick has time for', () => {
  it('leaves it to the next tick, and the others run', async () => {
    await work();
    await api.database.query('ALTER FUNCTION end_expired_sessions RENAME TO whole');
    await api.database.query(
      `CREATE FUNCTION end_expired_sessions(at timestamptz) RETURNS integer LANGUAGE sql AS 'SELECT 1'`,
    );
    const now = performance.now.bind(performance);
    let reads = 0;
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => now() + 1_000 * reads++);
    await nextTick(api);
    clock.mockRestore();
    await api.database.query('DROP FUNCTION end_expired_sessions');
    await api.database.query('ALTER FUNCTION whole RENAME TO end_expired_sessions');
    expect(await effects()).toEqual({ archived: 1, told: 3 });
    await nextTick(api);
    expect(await effects()).toEqual(ALL_DONE);
  });
});

describe('A process that is told to end during a job', () => {
  it('finishes the statement, begins no other job, and logs no failure', async () => {
    const group = await work();
    const process = startProcess(api, 'test/support/job-process.ts', { LOG_LEVEL: 'info' });
    await process.waitFor('ready');
    await holder.query('BEGIN');
    await holder.query('SELECT lock_milestones(ARRAY[$1::uuid])', [group.id]);
    process.child.stdin!.write('\n');
    await process.waitFor('"job":"send-session-reminders"');
    const ended = process.end('SIGTERM');
    await after(1_000);
    await holder.query('ROLLBACK');
    await ended;
    expect(await effects()).toEqual(ALL_DONE);
    expect(process.child.exitCode).toBe(0);
    expect(process.printed()).not.toMatch(/unavailable|failed/);
  });
});

describe('With two processes', () => {
  it('a job whose process is killed is done by the other one, and a failure is logged', async () => {
    const group = await work();
    const both = [1, 2].map(() => startProcess(api, 'test/support/job-process.ts', { LOG_LEVEL: 'error' }));
    await Promise.all(both.map((each) => each.waitFor('ready')));
    await holder.query('BEGIN');
    await holder.query('SELECT lock_milestones(ARRAY[$1::uuid])', [group.id]);
    for (const { child } of both) child.stdin!.write('\n');

    const survivor = await Promise.race(both.map((each) => each.waitFor('done').then(() => each)));
    const victim = both.find((each) => each !== survivor)!;
    expect(victim.printed()).not.toContain('done');
    expect(await effects()).toEqual({ archived: 1, ended: 1, told: 3 });
    await victim.end('SIGKILL');
    // PostgreSQL does this when it notices the closed connection.
    await api.database.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'",
    );
    await holder.query('ROLLBACK');
    await api.database.query('ALTER FUNCTION send_session_reminders RENAME TO broken');
    await api.database.query("UPDATE job_runs SET run_at = run_at - interval '1 minute'");
    survivor.child.stdin!.write('\n');
    await survivor.waitFor('done', 2);
    await api.database.query('ALTER FUNCTION broken RENAME TO send_session_reminders');
    expect(survivor.printed()).toContain('"job":"send-session-reminders"');
    expect(survivor.printed()).toContain('job failed; the next tick tries again');
    expect(await effects()).toEqual(ALL_DONE);
    expect(await notificationsOf(ana, 'milestone_member')).toHaveLength(1);
    await survivor.end();
  });

  it('the schedule runs each job once a minute', async () => {
    await work();
    const settings = { SCHEDULER_ENABLED: 'true', METRICS_ENABLED: 'true' };
    const both = await Promise.all([1, 2].map(() => startSecond(api, settings)));
    const ticks = both.map(({ app }) => app.get(SchedulerRegistry).getCronJob('jobs'));
    const nextMinute = Math.ceil((Date.now() + 1) / MINUTE) * MINUTE;
    for (const tick of ticks) {
      expect(tick.isActive).toBe(true);
      expect([nextMinute, nextMinute + MINUTE]).toContain(tick.nextDate().toMillis());
    }
    await Promise.all(ticks.map((tick) => tick.fireOnTick()));
    // A tick of the real minute may have come first.
    while (ticks.some(({ isCallbackRunning }) => isCallbackRunning)) await after(20);
    expect(await effects()).toEqual(ALL_DONE);
    for (const job of JOBS) {
      const counts = await Promise.all(both.map(({ url }) => metric(url, 'lockin_job_duration_seconds_count', job)));
      expect([job, counts[0]! + counts[1]!]).toEqual([job, 1]);
      const failures = await Promise.all(both.map(({ url }) => metric(url, 'lockin_job_failures_total', job)));
      expect([job, ...failures]).toEqual([job, 0, 0]);
    }
  });
});
