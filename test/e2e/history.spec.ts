import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Person, useApi } from '../support/api.js';
import { createGroup, inDays, addMembers, people, shiftGroup } from '../support/factories.js';
import { recordFocusToday } from '../support/focus.js';
import { type DateRange, recordFocusOnDays, historyOf, localDate, memberHistory } from '../support/history.js';
import { bodyOf, problem, type ProblemBody } from '../support/request.js';
import { done, on, type Schema } from '../support/sdk.js';
import { zoneAtNoon } from '../support/time.js';

const api = useApi();
let ana: Person;
let ben: Person;
let group: Schema<'GroupDetail'>;

beforeAll(async () => {
  [ana, ben] = await people(api, 'Ana', 'Ben');
});

const rawPath = () => `/api/groups/${group.id}/progress/history`;
const createDailyGroup = (wishes: Parameters<typeof createGroup>[1] = {}) =>
  createGroup(ana, { timezone: zoneAtNoon(), ...wishes });

describe('The periods of history', () => {
  beforeEach(async () => {
    group = await createDailyGroup({ start_at: inDays(-500) });
    await addMembers(ana, group, ben);
  });

  it('are by default the last 30 of every member, newest first, without gaps', async () => {
    await recordFocusOnDays(api, ana, group, [1, 3], 1800);
    const history = await historyOf(ben, group);
    expect(history.map(({ user_id, display_name, role }) => [user_id, display_name, role])).toEqual([
      [ana.id, 'Ana', 'owner'],
      [ben.id, 'Ben', 'member'],
    ]);
    for (const { user_id, periods } of history) {
      expect(periods).toHaveLength(30);
      for (const [nth, period] of periods.entries()) {
        expect(period).toMatchObject({ group_id: group.id, user_id, target_minutes: 60, goal_met: false });
        expect(Date.parse(period.period_end) - Date.parse(period.period_start)).toBe(86_400_000);
        if (nth > 0) expect(period.period_end).toBe(periods[nth - 1]!.period_start);
      }
      expect(Date.parse(periods[0]!.period_start)).toBeLessThan(Date.now());
      expect(Date.parse(periods[0]!.period_end)).toBeGreaterThan(Date.now());
    }
    expect(history[0]!.periods.slice(0, 5).map(({ seconds_done }) => seconds_done)).toEqual([0, 1800, 0, 1800, 0]);
  });

  it('are those that overlap from..to, both inclusive', async () => {
    const days = async (query?: DateRange) =>
      (await memberHistory(ana, group, query)).periods.map(({ period_start }) => period_start);
    const [today, yesterday, before] = await days();
    expect(await days({ from: localDate(group, -1), to: localDate(group, -1) })).toEqual([yesterday]);
    expect(await days({ from: localDate(group, -2), to: localDate(group, -1) })).toEqual([yesterday, before]);
    expect(await days({ from: localDate(group, -1) })).toEqual([today, yesterday]);
    const month = await days({ to: localDate(group, -1) });
    expect([month.length, month[0]]).toEqual([30, yesterday]);
    expect(await days({ from: localDate(group, -1), to: localDate(group, 9) })).toEqual([today, yesterday]);
    expect(await days({ from: localDate(group, 1), to: localDate(group, 2) })).toEqual([]);
    expect(await days({ from: '2000-01-01', to: '2000-02-01' })).toEqual([]);
  });

  it('are at most 366', async () => {
    expect((await memberHistory(ana, group, { from: localDate(group, -365) })).periods).toHaveLength(366);
    for (const query of [`?from=${localDate(group, -366)}`, '?from=2000-01-01', '?from=2000-01-01&to=2099-12-31']) {
      const { errors } = await bodyOf<ProblemBody>(ana.get(rawPath() + query).expect(problem(400, 'invalid_request')));
      expect(errors).toMatchObject([{ pointer: '?from' }]);
    }
  });

  it('are at most 366 weeks, also if from and to lie within a week', async () => {
    group = await createGroup(ana, { period: 'weekly', start_at: '2010-01-01T00:00:00Z' });
    const weeks = async (from: string, to: string) =>
      (await memberHistory(ana, group, { from: from, to: to })).periods.length;
    // 2015-01-04 is a Sunday, 2022-01-02 the last day of the 366th week.
    expect(await weeks('2015-01-04', '2022-01-02')).toBe(366);
    await ana.get(`${rawPath()}?from=2015-01-04&to=2022-01-03`).expect(problem(400, 'invalid_request'));
    expect(await weeks('2015-01-04', '2015-01-05')).toBe(2);
    expect((await memberHistory(ana, group)).periods).toHaveLength(30);
  });

  it.each([
    ['?from=2026-02-30', '?from'],
    ['?from=yesterday', '?from'],
    ['?to=2026-1-1', '?to'],
    ['?to=2026-01-01T00:00:00Z', '?to'],
    ['?from=', '?from'],
    ['?from=1999-12-31', '?from'],
    ['?to=2100-01-01', '?to'],
    ['?from=2026-01-01&from=2026-01-02', '?from'],
    ['?from=2026-01-02&to=2026-01-01', '?from'],
    ['?since=2026-01-01', '?since'],
  ])('are a 400 for %s', async (query, pointer) => {
    const { errors } = await bodyOf<ProblemBody>(ana.get(rawPath() + query).expect(problem(400, 'invalid_request')));
    expect(errors?.map((error) => error.pointer)).toEqual([pointer]);
  });

  it('begin and end with the group', async () => {
    const start_at = inDays(-2);
    group = await createDailyGroup({ start_at });
    const { periods } = await memberHistory(ana, group);
    expect(periods).toHaveLength(3);
    expect(periods[2]!.period_start).toBe(start_at);
    const endAt = inDays(-1);
    await shiftGroup(api, group, { endAt });
    expect((await memberHistory(ana, group)).periods.map(({ period_end }) => period_end)).toEqual([
      endAt,
      periods[2]!.period_end,
    ]);
  });

  it('of a group that has not started are the first one', async () => {
    const start_at = inDays(3);
    group = await createDailyGroup({ start_at });
    expect(await memberHistory(ana, group)).toMatchObject({
      current_streak: 0,
      periods: [{ period_start: start_at, seconds_done: 0 }],
    });
  });

  it('equal the current progress for the current period', async () => {
    await recordFocusToday(api, ana, group, 61);
    const members = await done(ana.api.GET('/api/groups/{id}/progress/current', on(group)));
    expect(members[0]).toMatchObject((await memberHistory(ana, group)).periods[0]!);
  });
});

it('A year of 200 members is one response', async () => {
  group = await createGroup(ana, { start_at: inDays(-400), timezone: 'UTC' });
  await makeClub(group);
  const history = await historyOf(ana, group, { from: localDate(group, -365) });
  expect(history).toHaveLength(200);
  for (const { periods } of history) expect(periods.length).toBeGreaterThanOrEqual(365);
  expect(history.filter(({ best_streak, current_streak }) => best_streak >= 364 && current_streak >= 364)).toHaveLength(
    199,
  );
});

/** Adds 199 members with an hour on every day of the last year. Triggers are disabled, because they would be slow. */
async function makeClub({ id }: Schema<'GroupDetail'>): Promise<void> {
  const client = await api.database.connect();
  try {
    await client.query("BEGIN; SET LOCAL session_replication_role = 'replica'");
    await client.query(
      `WITH people AS (INSERT INTO profiles (display_name) SELECT 'P' || n FROM generate_series(1, 199) n RETURNING id),
       members AS (INSERT INTO group_members (group_id, user_id) SELECT $1, id FROM people),
       session AS (
         INSERT INTO sessions (group_id, status, started_at, ended_at)
         VALUES ($1, 'ended', now() - interval '390 days', now()) RETURNING id),
       participants AS (
         INSERT INTO session_participants (session_id, user_id, session_created_at, session_ended)
         SELECT s.id, p.id, now(), true FROM session s CROSS JOIN people p RETURNING id, user_id)
       INSERT INTO time_logs (participant_id, group_id, user_id, started_at, ended_at)
       SELECT p.id, $1, p.user_id, noon, noon + interval '1 hour'
         FROM participants p
        CROSS JOIN generate_series(date_trunc('day', now(), 'UTC') - interval '365 days' + interval '12 hours',
                                   date_trunc('day', now(), 'UTC') - interval '12 hours', interval '1 day') AS noon`,
      [id],
    );
    await client.query('COMMIT; ANALYZE; SELECT remember_streaks(to_ms(now()))');
  } finally {
    client.release();
  }
}
