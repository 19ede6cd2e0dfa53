import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Response } from 'supertest';
import { type Person, useApi } from '../support/api.js';
import { problem } from '../support/request.js';
import {
  agoSeconds,
  createGroup,
  createRunningSession,
  inDays,
  addMembers,
  override,
  people,
  shiftGroup,
} from '../support/factories.js';
import { created, done, on, onMember, type Schema } from '../support/sdk.js';
import { atSeconds, hours, advanceTime, minutes, zoneAtNoon } from '../support/time.js';

const api = useApi();
let ana: Person;
let ben: Person;
let group: Schema<'GroupDetail'>;

beforeEach(async () => {
  [ana, ben] = await people(api, 'Ana', 'Ben');
  group = await createGroup(ana, { timezone: zoneAtNoon() });
  await addMembers(ana, group, ben);
});

const path = () => `/api/groups/${group.id}/progress/current`;
const race = () => done(ben.api.GET('/api/groups/{id}/progress/current', on(group)));
const of = async (person: Person) => (await race()).find(({ user_id }) => user_id === person.id)!;

/** Requests the progress, with If-None-Match if an ETag is given. */
async function ask(
  known?: string,
): Promise<{ status: number; etag: string; text: string; headers: Response['headers'] }> {
  const { status, headers, text } = await ben.get(path(), known === undefined ? {} : { 'if-none-match': known });
  return { status, etag: headers['etag'] ?? '', text, headers };
}

describe('The race', () => {
  it('lists every member, also with 0 seconds, by seconds, then in joining order', async () => {
    const members = await race();
    for (const { as_of } of members) expect(Math.abs(Date.parse(as_of) - Date.now())).toBeLessThan(5000);
    expect(new Set(members.map(({ as_of }) => as_of)).size).toBe(1);
    expect(members).toMatchObject([
      { user_id: ana.id, group_id: group.id, seconds_done: 0, rank: 1, role: 'owner', running: false, goal_met: false },
      { user_id: ben.id, display_name: 'Ben', rank: 2, role: 'member', target_minutes: 60 },
    ]);
    const { id } = await createRunningSession(ben, group);
    await advanceTime(api, 5);
    expect(await race()).toMatchObject([
      { user_id: ben.id, rank: 1, running: true },
      { user_id: ana.id, rank: 2 },
    ]);
    await done(ben.api.POST('/api/sessions/{id}:stop', on({ id })));
  });

  it('meets the target with its last second, and not a second earlier', async () => {
    group = await createGroup(ana, {
      timezone: zoneAtNoon(),
      period: 'weekly',
      period_target_minutes: 1,
      start_at: inDays(-30),
    });
    await addMembers(ana, group, ben);
    const { id } = await createRunningSession(ana, group, 100);
    const from = (await done(ana.api.GET('/api/sessions/{id}', on({ id })))).started_at!;
    await done(ana.api.POST('/api/sessions/{id}:stop', on({ id }, { at: atSeconds(from, 60) })));
    // Deletes server segments, so that only manual logs count.
    await api.database.query('DELETE FROM time_logs WHERE group_id = $1', [group.id]);
    const log = (to: number) =>
      created(ana.api.POST('/api/sessions/{id}/logs', on({ id }, { started_at: from, ended_at: atSeconds(from, to) })));
    await log(59.999);
    expect(await of(ana)).toMatchObject({ seconds_done: 59, goal_met: false });
    await log(60);
    expect(await of(ana)).toMatchObject({ seconds_done: 60, goal_met: true });
  });

  it('counts this group’s sessions only', async () => {
    const solo = await createRunningSession(ana, undefined, 60);
    await done(ana.api.POST('/api/sessions/{id}:stop', on(solo)));
    const other = await createGroup(ana);
    const elsewhere = await createRunningSession(ana, other, 60);
    await done(ana.api.POST('/api/sessions/{id}:stop', on(elsewhere)));
    expect(await of(ana)).toMatchObject({ seconds_done: 0, running: false });
  });

  it('is of the first period before the group’s start, and of the last after its end', async () => {
    const start_at = new Date(Date.parse(`${inDays(3).slice(0, 10)}T12:00:00Z`)).toISOString();
    group = await createGroup(ana, { start_at, end_at: inDays(40) });
    await addMembers(ana, group, ben);
    const nextMidnight = new Date(Date.parse(start_at) + hours(12) * 1000).toISOString();
    expect(await of(ana)).toMatchObject({ period_start: start_at, period_end: nextMidnight, seconds_done: 0 });
    const endAt = new Date(Date.parse(`${inDays(-2).slice(0, 10)}T12:00:00Z`)).toISOString();
    await shiftGroup(api, group, { startAt: inDays(-9), endAt });
    const midnight = new Date(Date.parse(endAt) - hours(12) * 1000).toISOString();
    expect(await of(ana)).toMatchObject({ period_start: midnight, period_end: endAt });
  });

  it('has nobody running before the group’s start, and the ETag changes with it', async () => {
    group = await createGroup(ana, { start_at: inDays(1), end_at: inDays(40) });
    await addMembers(ana, group, ben);
    await createRunningSession(ana, group, 60);
    const { etag } = await ask();
    expect(await of(ana)).toMatchObject({ running: false, seconds_done: 0 });
    await shiftGroup(api, group, { startAt: agoSeconds(30), endAt: inDays(40) });
    expect(await of(ana)).toMatchObject({ running: true });
    expect((await of(ana)).seconds_done).toBeGreaterThanOrEqual(30);
    expect(await ask(etag)).toMatchObject({ status: 200 });
  });

  it('is clamped to the time of archiving', async () => {
    const { archived_at } = await done(ana.api.POST('/api/groups/{id}:archive', on(group)));
    expect(await of(ana)).toMatchObject({ period_end: archived_at });
  });

  it('a running segment counts up to as_of', async () => {
    group = await createGroup(ana, { timezone: zoneAtNoon(), period: 'weekly', start_at: inDays(-30) });
    await addMembers(ana, group, ben);
    const { id } = await createRunningSession(ana, group);
    await advanceTime(api, minutes(3));
    const [log] = await done(ana.api.GET('/api/sessions/{id}/logs', on({ id })));
    const { as_of, seconds_done, period_start } = (await race())[0]!;
    const from = Math.max(Date.parse(log?.started_at ?? ''), Date.parse(period_start));
    expect(seconds_done).toBe(Math.floor((Date.parse(as_of) - from) / 1000));
  });
});

describe('The ETag', () => {
  it('is weak, with Cache-Control: private, no-cache, and leads to a 304 without a body', async () => {
    const { status, etag, headers } = await ask();
    expect(status).toBe(200);
    expect(etag).toMatch(/^W\/"[^"]+"$/);
    expect(headers['cache-control']).toBe('private, no-cache');
    const again = await ask(etag);
    expect(again).toMatchObject({ status: 304, etag, text: '' });
    expect(again.headers['cache-control']).toBe('private, no-cache');
    expect(again.headers['content-type']).toBeUndefined();
  });

  it('is compared weakly, among several, and with *', async () => {
    const { etag } = await ask();
    for (const known of [`"x", ${etag}`, `${etag} , "x"`, etag.replace('W/', ''), '*']) {
      expect(await ask(known)).toMatchObject({ status: 304 });
    }
    for (const known of ['"x"', 'W/"x"', '', etag.replaceAll('"', '')]) {
      expect(await ask(known)).toMatchObject({ status: 200 });
    }
  });

  it('stays the same while a member runs, also a minute later', async () => {
    await createRunningSession(ana, group);
    const { etag } = await ask();
    await advanceTime(api, 60);
    expect(await ask(etag)).toMatchObject({ status: 304 });
  });

  it('changes with everything else: start, pause, manual log, target, name, role, membership, goal_met', async () => {
    let { etag } = await ask();
    const changes = async (what: string, happens: () => Promise<unknown>) => {
      await happens();
      const now = await ask(etag);
      expect([what, now.status]).toEqual([what, 200]);
      expect([what, now.etag]).not.toEqual([what, etag]);
      etag = now.etag;
    };
    const { id } = await created(ana.api.POST('/api/sessions', { body: { group_id: group.id } }));
    await changes('start', () => done(ana.api.POST('/api/sessions/{id}:start', on({ id }, { at: agoSeconds(30) }))));
    await changes('join', () => created(ben.api.POST('/api/sessions/{id}/participants', on({ id }))));
    await changes('leave', () =>
      done(ben.api.DELETE('/api/sessions/{id}/participants/{userId}', onMember({ id }, ben))),
    );
    await changes('pause', () => done(ana.api.POST('/api/sessions/{id}:pause', on({ id }))));
    const span = { started_at: agoSeconds(25), ended_at: agoSeconds(5) };
    await changes('log', () => created(ben.api.POST('/api/sessions/{id}/logs', on({ id }, span))));
    await changes('target', () => done(ana.api.PATCH('/api/groups/{id}', on(group, { period_target_minutes: 61 }))));
    await changes('override', () => override(ana, group, ben, 5));
    await changes('role', () =>
      done(ana.api.PATCH('/api/groups/{id}/members/{userId}', onMember(group, ben, { role: 'admin' }))),
    );
    await changes('name', () => done(ana.api.PATCH('/api/me', { body: { display_name: 'Ana|' } })));
    await changes('no name', () => done(ana.api.PATCH('/api/me', { body: { display_name: null } })));
    const cleo = await api.person('Cleo');
    await changes('membership', () => addMembers(ana, group, cleo));
    await changes('end', () => done(ana.api.POST('/api/groups/{id}:archive', on(group))));
  });

  it('is the same for every member, and absent for others', async () => {
    const { etag } = await ask();
    expect((await ana.get(path())).headers['etag']).toBe(etag);
    const stranger = await api.person('Stranger');
    await stranger.get(path(), { 'if-none-match': '*' }).expect(problem(404, 'not_found'));
  });
});
