import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Person, useApi } from '../support/api.js';
import { bodyOf, problem, type ProblemBody } from '../support/request.js';
import { aGroup, inDays, joins, override, people, shiftGroup } from '../support/factories.js';
import { focuses, focusesToday } from '../support/focus.js';
import { done, on, onMember, refused, type Schema } from '../support/sdk.js';
import { hours, later, withoutTrigger, zoneAtNoon } from '../support/time.js';

const api = useApi();
let ana: Person;
let ben: Person;
let group: Schema<'GroupDetail'>;

beforeAll(async () => {
  [ana, ben] = await people(api, 'Ana', 'Ben');
});

type Days = { from?: string; to?: string };

const rawPath = () => `/api/groups/${group.id}/progress/history`;
const ask = (query: Days = {}, by = ana) =>
  done(by.api.GET('/api/groups/{id}/progress/history', { params: { path: group, query } }));
const ofAna = async (query?: Days) => (await ask(query)).find(({ user_id }) => user_id === ana.id)!;
const ofBen = async (query?: Days) => (await ask(query)).find(({ user_id }) => user_id === ben.id)!;

/** A local day of the group, which lies in zoneAtNoon() or UTC, some days from today. */
function localDay(days: number, { timezone } = group): string {
  const offset = -Number(/[+-]\d+$/.exec(timezone)?.[0] ?? 0);
  return new Date(Date.now() + days * 86_400_000 + offset * 3_600_000).toISOString().slice(0, 10);
}

const aDailyGroup = (wishes: Parameters<typeof aGroup>[1] = {}) => aGroup(ana, { timezone: zoneAtNoon(), ...wishes });

/** On past days, counted back from today, at about noon. */
async function focusesOnDays(person: Person, days: number[], seconds = 3600): Promise<void> {
  for (const day of days) await focuses(api, person, group, { from: inDays(-day - 0.05), seconds });
}

const summary = ({ periods }: Schema<'MemberHistory'>) =>
  periods.map(({ seconds_done, target_minutes, goal_met }) => [seconds_done, target_minutes, goal_met]);

describe('The periods of history', () => {
  beforeEach(async () => {
    group = await aDailyGroup({ start_at: inDays(-500) });
    await joins(ana, group, ben);
  });

  it('are by default the last 30 of every member, newest first, each ending where the next begins', async () => {
    await focusesOnDays(ana, [1, 3], 1800);
    const history = await ask({}, ben);
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

  it('are those that touch from..to, both included', async () => {
    const days = async (query?: Days) => (await ofAna(query)).periods.map(({ period_start }) => period_start);
    const [today, yesterday, before] = await days();
    expect(await days({ from: localDay(-1), to: localDay(-1) })).toEqual([yesterday]);
    expect(await days({ from: localDay(-2), to: localDay(-1) })).toEqual([yesterday, before]);
    expect(await days({ from: localDay(-1) })).toEqual([today, yesterday]);
    const month = await days({ to: localDay(-1) });
    expect([month.length, month[0]]).toEqual([30, yesterday]);
    expect(await days({ from: localDay(-1), to: localDay(9) })).toEqual([today, yesterday]);
    expect(await days({ from: localDay(1), to: localDay(2) })).toEqual([]);
    expect(await days({ from: '2000-01-01', to: '2000-02-01' })).toEqual([]);
  });

  it('are at most 366', async () => {
    expect((await ofAna({ from: localDay(-365) })).periods).toHaveLength(366);
    for (const query of [`?from=${localDay(-366)}`, '?from=2000-01-01', '?from=2000-01-01&to=2099-12-31']) {
      const { errors } = await bodyOf<ProblemBody>(ana.get(rawPath() + query).expect(problem(400, 'invalid_request')));
      expect(errors).toMatchObject([{ pointer: '?from' }]);
    }
  });

  it('are at most 366 weeks, also where the days begin and end within one', async () => {
    group = await aGroup(ana, { period: 'weekly', start_at: '2010-01-01T00:00:00Z' });
    const weeks = async (from: string, to: string) => (await ofAna({ from: from, to: to })).periods.length;
    // 2015-01-04 is a Sunday, 2022-01-02 the last day of the 366th week.
    expect(await weeks('2015-01-04', '2022-01-02')).toBe(366);
    await ana.get(`${rawPath()}?from=2015-01-04&to=2022-01-03`).expect(problem(400, 'invalid_request'));
    expect(await weeks('2015-01-04', '2015-01-05')).toBe(2);
    expect((await ofAna()).periods).toHaveLength(30);
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
  ])('are refused for %s', async (query, pointer) => {
    const { errors } = await bodyOf<ProblemBody>(ana.get(rawPath() + query).expect(problem(400, 'invalid_request')));
    expect(errors?.map((error) => error.pointer)).toEqual([pointer]);
  });

  it('begin and end with the group', async () => {
    const start_at = inDays(-2);
    group = await aDailyGroup({ start_at });
    const { periods } = await ofAna();
    expect(periods).toHaveLength(3);
    expect(periods[2]!.period_start).toBe(start_at);
    const endAt = inDays(-1);
    await shiftGroup(api, group, { endAt });
    expect((await ofAna()).periods.map(({ period_end }) => period_end)).toEqual([endAt, periods[2]!.period_end]);
  });

  it('of a group that has not begun are the first one', async () => {
    const start_at = inDays(3);
    group = await aDailyGroup({ start_at });
    expect(await ofAna()).toMatchObject({ current_streak: 0, periods: [{ period_start: start_at, seconds_done: 0 }] });
  });

  it('equal the current progress for the running one', async () => {
    await focusesToday(api, ana, group, 61);
    const members = await done(ana.api.GET('/api/groups/{id}/progress/current', on(group)));
    expect(members[0]).toMatchObject((await ofAna()).periods[0]!);
  });
});

describe('A streak', () => {
  beforeEach(async () => {
    group = await aDailyGroup();
    await joins(ana, group, ben);
  });
  const streaks = async () => {
    const { current_streak, best_streak } = await ofAna();
    return [current_streak, best_streak];
  };

  it('lives on while the running period’s goal is not met, and grows once it is', async () => {
    expect(await streaks()).toEqual([0, 0]);
    await focusesOnDays(ana, [3, 2, 1]);
    expect(await streaks()).toEqual([3, 3]);
    await focusesToday(api, ana, group, 60);
    expect(await streaks()).toEqual([4, 4]);
    expect(await ofBen()).toMatchObject({ current_streak: 0, best_streak: 0 });
  });

  it('breaks at a past period without the goal, one second short is enough; the best one stays', async () => {
    await focusesOnDays(ana, [7, 6, 5, 4, 2]);
    await focusesOnDays(ana, [1], 3599);
    expect(await streaks()).toEqual([0, 4]);
    await focusesToday(api, ana, group, 60);
    expect(await streaks()).toEqual([1, 4]);
  });

  it('counts the whole life of the group, whatever periods are asked for', async () => {
    await focusesOnDays(ana, [29, 28, 27, 1]);
    expect(await ofAna({ from: localDay(-10), to: localDay(-9) })).toMatchObject({
      current_streak: 1,
      best_streak: 3,
    });
  });

  it('of a group that is over holds only if its last period was met', async () => {
    await focusesOnDays(ana, [4, 3, 2]);
    await shiftGroup(api, group, { endAt: inDays(-0.9) });
    expect(await streaks()).toEqual([0, 3]);
    await shiftGroup(api, group, { endAt: inDays(-1.9) });
    expect(await streaks()).toEqual([3, 3]);
  });

  it('of a group that is archived today does not wait for the rest of the day', async () => {
    await focusesOnDays(ana, [2, 1]);
    expect(await streaks()).toEqual([2, 2]);
    await done(ana.api.POST('/api/groups/{id}:archive', on(group)));
    expect(await streaks()).toEqual([0, 2]);
  });
});

describe('A past period', () => {
  const nextDay = () => later(api, hours(24));

  it('keeps the target that was in force when it ended, whatever the group or the member has later', async () => {
    group = await aDailyGroup({ start_at: inDays(-0.1) });
    await joins(ana, group, ben);
    await focusesToday(api, ana, group, 60);
    await nextDay();
    await focusesToday(api, ana, group, 60);
    await done(ana.api.PATCH('/api/groups/{id}', on(group, { period_target_minutes: 120 })));
    await nextDay();
    await override(ana, group, ana, 90);
    await override(ana, group, ana, 30);
    await focusesToday(api, ana, group, 30);
    await nextDay();
    await override(ana, group, ana, null);
    await done(ana.api.PATCH('/api/groups/{id}', on(group, { period_target_minutes: 1440 })));

    expect(summary(await ofAna())).toEqual([
      [0, 1440, false],
      [1800, 30, true],
      [3600, 120, false],
      [3600, 60, true],
    ]);
    expect(summary(await ofBen())).toEqual([1440, 120, 120, 60].map((target) => [0, target, false]));
    expect(await ofAna()).toMatchObject({ current_streak: 1, best_streak: 1 });
  });

  it('of a group that is over is judged by the target at its end', async () => {
    group = await aDailyGroup({ start_at: inDays(-0.1), end_at: inDays(0.2) });
    await focusesToday(api, ana, group, 60);
    await nextDay();
    await withoutTrigger(
      api,
      'groups_not_when_archived ON groups',
      'UPDATE groups SET period_target_minutes = 90 WHERE id = $1',
      [group.id],
    );
    expect(summary(await ofAna())[0]).toEqual([3600, 60, true]);
  });

  it('is judged by the group’s first target where the group was made after it', async () => {
    group = await aDailyGroup({ period_target_minutes: 30 });
    await focusesOnDays(ana, [5], 1800);
    await done(ana.api.PATCH('/api/groups/{id}', on(group, { period_target_minutes: 45 })));
    const all = summary(await ofAna());
    expect([all[0], all[5]]).toEqual([
      [0, 45, false],
      [1800, 30, true],
    ]);
  });

  it('of somebody who left is not listed, and counts again on return, without the old override', async () => {
    group = await aDailyGroup({ start_at: inDays(-0.1) });
    await joins(ana, group, ben);
    await override(ana, group, ben, 30);
    await focusesToday(api, ben, group, 30);
    await nextDay();
    await done(ben.api.DELETE('/api/groups/{id}/members/{userId}', onMember(group, ben)));
    expect((await ask()).map(({ user_id }) => user_id)).toEqual([ana.id]);
    await refused(ben.api.GET('/api/groups/{id}/progress/history', on(group)), 'not_found');
    await nextDay();
    await joins(ana, group, ben);
    const history = await ofBen();
    expect(history).toMatchObject({ current_streak: 0, best_streak: 1 });
    expect(summary(history)).toMatchObject([
      [0, 60, false],
      [0, expect.any(Number), false],
      [1800, 30, true],
    ]);
  });
});

it('A year of 200 members comes in one answer', async () => {
  group = await aGroup(ana, { start_at: inDays(-400), timezone: 'UTC' });
  await makeClub(group);
  const history = await ask({ from: localDay(-365) });
  expect(history).toHaveLength(200);
  for (const { periods } of history) expect(periods.length).toBeGreaterThanOrEqual(365);
  expect(history.filter(({ best_streak, current_streak }) => best_streak >= 364 && current_streak >= 364)).toHaveLength(
    199,
  );
});

/** 199 members who focused for an hour on every day of the last year; triggers would only make it slow. */
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
