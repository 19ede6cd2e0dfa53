import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Person, useApi } from '../support/api.js';
import { createGroup, inDays, addMembers, override, people, shiftGroup } from '../support/factories.js';
import { recordFocusToday } from '../support/focus.js';
import { recordFocusOnDays, historyOf, localDate, memberHistory } from '../support/history.js';
import { done, on, onMember, refused, type Schema } from '../support/sdk.js';
import { hours, advanceTime, withoutTrigger, zoneAtNoon } from '../support/time.js';

const api = useApi();
let ana: Person;
let ben: Person;
let group: Schema<'GroupDetail'>;

beforeAll(async () => {
  [ana, ben] = await people(api, 'Ana', 'Ben');
});

const createDailyGroup = (wishes: Parameters<typeof createGroup>[1] = {}) =>
  createGroup(ana, { timezone: zoneAtNoon(), ...wishes });

const summary = ({ periods }: Schema<'MemberHistory'>) =>
  periods.map(({ seconds_done, target_minutes, goal_met }) => [seconds_done, target_minutes, goal_met]);

describe('A streak', () => {
  beforeEach(async () => {
    group = await createDailyGroup();
    await addMembers(ana, group, ben);
  });
  const streaks = async () => {
    const { current_streak, best_streak } = await memberHistory(ana, group);
    return [current_streak, best_streak];
  };

  it('continues while the current period’s target is not met, and grows once it is', async () => {
    expect(await streaks()).toEqual([0, 0]);
    await recordFocusOnDays(api, ana, group, [3, 2, 1]);
    expect(await streaks()).toEqual([3, 3]);
    await recordFocusToday(api, ana, group, 60);
    expect(await streaks()).toEqual([4, 4]);
    expect(await memberHistory(ben, group)).toMatchObject({ current_streak: 0, best_streak: 0 });
  });

  it('ends with a past period that misses the target by a second; the best one stays', async () => {
    await recordFocusOnDays(api, ana, group, [7, 6, 5, 4, 2]);
    await recordFocusOnDays(api, ana, group, [1], 3599);
    expect(await streaks()).toEqual([0, 4]);
    await recordFocusToday(api, ana, group, 60);
    expect(await streaks()).toEqual([1, 4]);
  });

  it('counts the whole lifetime of the group, for any requested periods', async () => {
    await recordFocusOnDays(api, ana, group, [29, 28, 27, 1]);
    expect(await memberHistory(ana, group, { from: localDate(group, -10), to: localDate(group, -9) })).toMatchObject({
      current_streak: 1,
      best_streak: 3,
    });
  });

  it('of an ended group continues only if its last target was met', async () => {
    await recordFocusOnDays(api, ana, group, [4, 3, 2]);
    await shiftGroup(api, group, { endAt: inDays(-0.9) });
    expect(await streaks()).toEqual([0, 3]);
    await shiftGroup(api, group, { endAt: inDays(-1.9) });
    expect(await streaks()).toEqual([3, 3]);
  });

  it('of a group that is archived today ends today', async () => {
    await recordFocusOnDays(api, ana, group, [2, 1]);
    expect(await streaks()).toEqual([2, 2]);
    await done(ana.api.POST('/api/groups/{id}:archive', on(group)));
    expect(await streaks()).toEqual([0, 2]);
  });
});

describe('A past period', () => {
  const nextDay = () => advanceTime(api, hours(24));

  it('keeps the target that was in force when it ended', async () => {
    group = await createDailyGroup({ start_at: inDays(-0.1) });
    await addMembers(ana, group, ben);
    await recordFocusToday(api, ana, group, 60);
    await nextDay();
    await recordFocusToday(api, ana, group, 60);
    await done(ana.api.PATCH('/api/groups/{id}', on(group, { period_target_minutes: 120 })));
    await nextDay();
    await override(ana, group, ana, 90);
    await override(ana, group, ana, 30);
    await recordFocusToday(api, ana, group, 30);
    await nextDay();
    await override(ana, group, ana, null);
    await done(ana.api.PATCH('/api/groups/{id}', on(group, { period_target_minutes: 1440 })));

    expect(summary(await memberHistory(ana, group))).toEqual([
      [0, 1440, false],
      [1800, 30, true],
      [3600, 120, false],
      [3600, 60, true],
    ]);
    expect(summary(await memberHistory(ben, group))).toEqual([1440, 120, 120, 60].map((target) => [0, target, false]));
    expect(await memberHistory(ana, group)).toMatchObject({ current_streak: 1, best_streak: 1 });
  });

  it('of an ended group is judged by the target at its end', async () => {
    group = await createDailyGroup({ start_at: inDays(-0.1), end_at: inDays(0.2) });
    await recordFocusToday(api, ana, group, 60);
    await nextDay();
    await withoutTrigger(
      api,
      'groups_not_when_archived ON groups',
      'UPDATE groups SET period_target_minutes = 90 WHERE id = $1',
      [group.id],
    );
    expect(summary(await memberHistory(ana, group))[0]).toEqual([3600, 60, true]);
  });

  it('before the group’s creation is judged by its first target', async () => {
    group = await createDailyGroup({ period_target_minutes: 30 });
    await recordFocusOnDays(api, ana, group, [5], 1800);
    await done(ana.api.PATCH('/api/groups/{id}', on(group, { period_target_minutes: 45 })));
    const all = summary(await memberHistory(ana, group));
    expect([all[0], all[5]]).toEqual([
      [0, 45, false],
      [1800, 30, true],
    ]);
  });

  it('of a former member is not listed, and counts again on return, without the old override', async () => {
    group = await createDailyGroup({ start_at: inDays(-0.1) });
    await addMembers(ana, group, ben);
    await override(ana, group, ben, 30);
    await recordFocusToday(api, ben, group, 30);
    await nextDay();
    await done(ben.api.DELETE('/api/groups/{id}/members/{userId}', onMember(group, ben)));
    expect((await historyOf(ana, group)).map(({ user_id }) => user_id)).toEqual([ana.id]);
    await refused(ben.api.GET('/api/groups/{id}/progress/history', on(group)), 'not_found');
    await nextDay();
    await addMembers(ana, group, ben);
    const history = await memberHistory(ben, group);
    expect(history).toMatchObject({ current_streak: 0, best_streak: 1 });
    expect(summary(history)).toMatchObject([
      [0, 60, false],
      [0, expect.any(Number), false],
      [1800, 30, true],
    ]);
  });
});
