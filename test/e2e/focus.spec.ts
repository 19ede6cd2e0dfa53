import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Person, useApi } from '../support/api.js';
import { createGroup, createRunningSession, addMembers, people } from '../support/factories.js';
import { problem, type ProblemBody } from '../support/request.js';
import { done, on, where } from '../support/sdk.js';
import { verb } from '../support/sessions.js';
import { advanceTime, hours, zoneAtNoon } from '../support/time.js';

const api = useApi();
let ana: Person;
let ben: Person;

beforeEach(async () => {
  [ana, ben] = await people(api, 'Ana', 'Ben');
});

const focusOf = (person: Person, query: { from?: string; to?: string } = {}) =>
  done(person.api.GET('/api/me/focus', where({ timezone: zoneAtNoon(), ...query })));
const secondsToday = async (person: Person) => (await focusOf(person)).days.at(-1)!.seconds;

describe('The focus of a user', () => {
  it('is the own time in all groups and solo sessions, and counts overlaps once', async () => {
    const [one, other] = [await createGroup(ana), await createGroup(ben)];
    await addMembers(ben, other, ana);
    for (const session of [await createRunningSession(ana, one, 600), await createRunningSession(ben, other, 300)])
      await done(verb(session.creator_id === ana.id ? ana : ben, session.id, 'stop'));
    const solo = await createRunningSession(ana, undefined, 400);
    await done(verb(ana, solo.id, 'stop'));
    const today = await secondsToday(ana);
    expect(today).toBeGreaterThanOrEqual(600);
    expect(today).toBeLessThan(620);
    expect(await focusOf(ana)).toMatchObject({ timezone: zoneAtNoon(), current_streak: 1, best_streak: 1 });
    expect((await focusOf(ana)).days).toHaveLength(30);
    expect(await secondsToday(ben)).toBeLessThan(320);
  });

  it('keeps the time in a group that the user has left', async () => {
    const group = await createGroup(ben);
    await addMembers(ben, group, ana);
    const { id } = await createRunningSession(ana, group, 120);
    await done(verb(ana, id, 'stop'));
    await done(
      ana.api.DELETE('/api/groups/{id}/members/{userId}', { params: { path: { id: group.id, userId: ana.id } } }),
    );
    expect(await secondsToday(ana)).toBeGreaterThanOrEqual(120);
  });

  it('counts a running segment, and a streak that today does not break', async () => {
    const { id } = await createRunningSession(ana, undefined, 60);
    expect(await secondsToday(ana)).toBeGreaterThanOrEqual(60);
    await done(verb(ana, id, 'stop'));
    await advanceTime(api, hours(24));
    const answer = await focusOf(ana);
    expect(answer).toMatchObject({ current_streak: 1, best_streak: 1 });
    expect(answer.days.at(-1)!.seconds).toBe(0);
    expect(answer.days.at(-2)!.seconds).toBeGreaterThanOrEqual(60);
    await advanceTime(api, hours(24));
    expect(await focusOf(ana)).toMatchObject({ current_streak: 0, best_streak: 1 });
  });

  it('has the days that are asked for, also those to come', async () => {
    const { days } = await focusOf(ana, { from: '2099-12-30', to: '2099-12-31' });
    expect(days).toEqual([
      { date: '2099-12-30', seconds: 0 },
      { date: '2099-12-31', seconds: 0 },
    ]);
  });

  it('is of the caller only', async () => {
    const { id } = await createRunningSession(ben, undefined, 60);
    await done(ben.api.POST('/api/sessions/{id}:stop', on({ id })));
    expect(await secondsToday(ana)).toBe(0);
  });

  it.each([
    ['', '?timezone'],
    ['?timezone=', '?timezone'],
    ['?timezone=Mars/Phobos', '?timezone'],
    ['?timezone=EST5EDT', '?timezone'],
    ['?timezone=UTC&from=2026-02-30', '?from'],
    ['?timezone=UTC&from=2026-03-02&to=2026-03-01', '?from'],
    ['?timezone=UTC&from=2099-01-01', '?from'],
    ['?timezone=UTC&from=2025-03-01&to=2026-03-02', '?from'],
    ['?timezone=UTC&group_id=1', '?group_id'],
  ])('refuses %s at %s', async (query, pointer) => {
    const { body } = await ana.get(`/api/me/focus${query}`).expect(problem(400, 'invalid_request'));
    expect((body as ProblemBody).errors).toMatchObject([{ pointer }]);
  });
});
