import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Person, useApi } from '../support/api.js';
import {
  createGroupOfTwo,
  createGroup,
  agoSeconds,
  createRunningSession,
  inDays,
  addMembers,
  override,
  shiftGroup,
} from '../support/factories.js';
import { recordFocus, recordFocusToday, milestonesOf, nextTick, notificationsOf } from '../support/focus.js';
import { created, done, on, onMember, type Schema } from '../support/sdk.js';
import { addLog, joinSession, verb } from '../support/sessions.js';
import { hours, advanceTime, zoneAtNoon } from '../support/time.js';

const api = useApi();
let ana: Person;
let ben: Person;
let group: Schema<'GroupDetail'>;

/** Two people with a target of one minute a day. */
beforeEach(async () => {
  ({ ana, ben, group } = await createGroupOfTwo(api, {
    name: 'Club',
    timezone: zoneAtNoon(),
    period_target_minutes: 1,
  }));
});

const runs = (person: Person, seconds = 61) => createRunningSession(person, group, seconds);
const target = (minutes: number) =>
  done(ana.api.PATCH('/api/groups/{id}', on(group, { period_target_minutes: minutes })));
const isOut = (person: Person, by: Person) =>
  done(by.api.DELETE('/api/groups/{id}/members/{userId}', onMember(group, person)));

describe('A milestone', () => {
  it('contains the person, the target and the period', async () => {
    await done(verb(ana, (await runs(ana)).id, 'pause'));
    await done(verb(ben, (await runs(ben)).id, 'pause'));
    const members = await done(ana.api.GET('/api/groups/{id}/progress/current', on(group)));
    const { period_start } = members[0]!;
    const common = { group_id: group.id, status: 'pending', group: { id: group.id, name: 'Club' } };
    expect(await notificationsOf(ana, 'milestone_member', 'milestone_group')).toMatchObject([
      {
        ...common,
        kind: 'milestone_member',
        title: 'Goal met',
        body: 'You have met your goal in Club.',
        data: { event: 'milestone_member', actor_id: ana.id, actor_name: 'Ana', group_name: 'Club', period_start },
      },
      {
        ...common,
        kind: 'milestone_group',
        title: 'Everybody has made it',
        body: 'Everybody in Club has met the goal.',
        data: { event: 'milestone_group', actor_id: null, actor_name: null, group_name: 'Club', period_start },
      },
    ]);
    expect(await milestonesOf(ben)).toEqual([[1, 1]]);
  });

  it.each(['pause', 'stop'] as const)('is told in the :%s that reaches it, and not before', async (name) => {
    const session = await runs(ana);
    expect(await milestonesOf(ana)).toEqual([[0, 0]]);
    await done(verb(ana, session.id, name));
    expect(await milestonesOf(ana, ben)).toEqual([
      [1, 0],
      [0, 0],
    ]);
  });

  it('is created when a participant leaves the session', async () => {
    const session = await runs(ana, 0);
    await created(joinSession(ben, session.id));
    await advanceTime(api, 61);
    await done(ben.api.DELETE('/api/sessions/{id}/participants/{userId}', onMember(session, ben)));
    expect(await milestonesOf(ana, ben)).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  it('is created for a manual log, but not if a second is missing', async () => {
    const session = await runs(ben, 300);
    const log = (from: number, to: number) => created(addLog(ana, session.id, agoSeconds(from), agoSeconds(to)));
    await log(200, 141);
    expect((await milestonesOf(ana))[0]).toEqual([0, 0]);
    await log(100, 99);
    expect((await milestonesOf(ana))[0]![0]).toBe(1);
  });

  it('is created when the target is lowered to the time done', async () => {
    await target(3);
    await recordFocusToday(api, ana, group, 2);
    expect(await milestonesOf(ana)).toEqual([[0, 0]]);
    await target(2);
    expect(await milestonesOf(ana)).toEqual([[1, 0]]);
  });

  it('is created when an override is lowered or cleared', async () => {
    await override(ana, group, ana, 9);
    await recordFocusToday(api, ana, group, 2);
    await recordFocusToday(api, ben, group, 1);
    expect(await milestonesOf(ana, ben)).toEqual([
      [0, 0],
      [1, 0],
    ]);
    await override(ana, group, ana, null);
    expect(await milestonesOf(ana, ben)).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  it('of the group is created when the last member without the target is removed or leaves', async () => {
    await recordFocusToday(api, ana, group, 1);
    expect(await milestonesOf(ana)).toEqual([[1, 0]]);
    await isOut(ben, ana);
    expect(await milestonesOf(ana, ben)).toEqual([
      [1, 1],
      [0, 0],
    ]);
  });

  it('of the group is created when the last member without the target deletes the account', async () => {
    await recordFocusToday(api, ana, group, 1);
    await done(ben.api.DELETE('/api/me'));
    expect(await milestonesOf(ana)).toEqual([[1, 1]]);
  });

  it('is created for a returning member who met the target before', async () => {
    await target(3);
    await recordFocusToday(api, ben, group, 2);
    await isOut(ben, ben);
    await target(2);
    await addMembers(ana, group, ben);
    expect(await milestonesOf(ben)).toEqual([[1, 0]]);
  });

  it('is created by the job while the session runs', async () => {
    const session = await runs(ana);
    await nextTick(api);
    expect(await milestonesOf(ana, ben)).toEqual([
      [1, 0],
      [0, 0],
    ]);
    await nextTick(api);
    await done(verb(ana, session.id, 'stop'));
    expect(await milestonesOf(ana)).toEqual([[1, 0]]);
  });

  it('is created by the job if the session ends by itself with the last second of the target', async () => {
    await target(719);
    await runs(ana, 1);
    await advanceTime(api, hours(12));
    await nextTick(api);
    expect(await milestonesOf(ana)).toEqual([[1, 0]]);
  });

  it('also if its host starts another session before the job', async () => {
    await target(719);
    await runs(ana, 1);
    await advanceTime(api, hours(12));
    await runs(ana, 1);
    expect(await milestonesOf(ana)).toEqual([[0, 0]]);
    await nextTick(api);
    expect(await milestonesOf(ana)).toEqual([[1, 0]]);
  });
});

describe('A milestone is created once', () => {
  it('also if the target is missed and met again', async () => {
    await recordFocusToday(api, ana, group, 1);
    await target(2);
    await target(1);
    await override(ana, group, ana, 5);
    await override(ana, group, ana, null);
    const session = await runs(ana, 120);
    const log = await created(addLog(ana, session.id, agoSeconds(119), agoSeconds(50)));
    await done(ana.api.DELETE('/api/sessions/{id}/logs/{logId}', on({ id: session.id, logId: log.id })));
    await done(verb(ana, session.id, 'stop'));
    expect(await milestonesOf(ana)).toEqual([[1, 0]]);
  });

  it('of the group, also if a new member meets the target later', async () => {
    await recordFocusToday(api, ana, group, 1);
    await recordFocusToday(api, ben, group, 1);
    const cleo = await api.person('Cleo');
    await addMembers(ana, group, cleo);
    await recordFocusToday(api, cleo, group, 1);
    expect(await milestonesOf(ana, ben, cleo)).toEqual([
      [1, 1],
      [1, 1],
      [1, 0],
    ]);
  });

  it('per period: again on the next day', async () => {
    await recordFocusToday(api, ana, group, 1);
    await advanceTime(api, hours(24));
    await api.database.query("UPDATE milestones SET period_start = period_start - interval '24 hours'");
    expect(await milestonesOf(ana)).toEqual([[1, 0]]);
    await recordFocusToday(api, ana, group, 1);
    expect(await milestonesOf(ana)).toEqual([[2, 0]]);
  });

  it('for the current period only, not for time of yesterday', async () => {
    group = await createGroup(ana, { timezone: zoneAtNoon(), period_target_minutes: 10 });
    await recordFocus(api, ana, group, { from: inDays(-1), seconds: 300 });
    await target(5);
    await nextTick(api);
    expect(await milestonesOf(ana)).toEqual([[0, 0]]);
  });

  it('and not with time after the group’s end', async () => {
    await runs(ana, 120);
    await advanceTime(api, 100);
    await shiftGroup(api, group, { endAt: agoSeconds(170) });
    await nextTick(api);
    await nextTick(api);
    expect(await milestonesOf(ana, ben)).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });
});
