import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Person, useApi } from '../support/api.js';
import {
  createGroup,
  agoSeconds,
  createInvite,
  createRunningSession,
  addMembers,
  addAdmin,
  nobody,
  override,
  people,
  shiftGroup,
} from '../support/factories.js';
import { created, done, on, refused } from '../support/sdk.js';

const api = useApi();
let ana: Person;
let ben: Person;
let cleo: Person;

beforeAll(async () => {
  [ana, ben, cleo] = await people(api, 'Ana', 'Ben', 'Cleo');
});

const clone = (by: Person, group: { id: string }) => created(by.api.POST('/api/groups/{id}:clone', on(group)));

/** Clones a group at a future instant in SQL. */
async function cloneAt(group: { id: string }, at: string): Promise<{ start_at: Date; end_at: Date }> {
  const { rows: made } = await api.database.query('SELECT clone_group_at($1, $2, $3) AS id', [group.id, ana.id, at]);
  const { rows } = await api.database.query('SELECT start_at, end_at FROM groups WHERE id = $1', [made[0].id]);
  return rows[0];
}

/** The local time in a zone, by a calendar other than PostgreSQL's. */
function local(instant: string | Date, timeZone: string): string {
  return new Date(instant).toLocaleString('sv-SE', { timeZone });
}

describe('A copy', () => {
  it('has the same name, description, period, target and timezone, and starts now', async () => {
    const group = await createGroup(ana, {
      name: 'Deep Work',
      description: 'Phones away.',
      period: 'weekly',
      period_target_minutes: 600,
      timezone: 'Asia/Kolkata',
    });
    const { data, response } = await ana.api.POST('/api/groups/{id}:clone', on(group));
    const copy = data!;
    expect(response.headers.get('location')).toBe(`/api/groups/${copy.id}`);
    const { name, description, period, period_target_minutes, timezone } = group;
    expect(copy).toMatchObject({
      name,
      description,
      period,
      period_target_minutes,
      timezone,
      status: 'active',
      archived_at: null,
    });
    expect(copy.id).not.toBe(group.id);
    expect(Math.abs(Date.parse(copy.start_at) - Date.now())).toBeLessThan(5000);
    expect(copy.start_at).toBe(copy.created_at);
  });

  it('has the members and overrides; the caller is the only owner, the former owner an admin', async () => {
    const group = await createGroup(ana);
    await addAdmin(ana, group, ben);
    await addMembers(ana, group, cleo);
    await override(ana, group, ana, 10);
    await override(ana, group, cleo, 30);
    const copy = await clone(cleo, group);
    expect(copy.owner_id).toBe(cleo.id);
    const told = copy.members.map((m) => [m.user.display_name, m.role, m.override_period_target_minutes]);
    expect(told).toEqual([
      ['Cleo', 'owner', 30],
      ['Ana', 'admin', 10],
      ['Ben', 'admin', null],
    ]);
    expect((await done(ana.api.GET('/api/groups/{id}', on(group)))).owner_id).toBe(ana.id);
  });

  it('has no sessions, logs or invites', async () => {
    const group = await createGroup(ana);
    await createInvite(ana, group, ben);
    const { id } = await createRunningSession(ana, group, 60);
    await done(ana.api.POST('/api/sessions/{id}:stop', on({ id })));
    const copy = await clone(ana, group);
    expect(copy.sessions).toEqual([]);
    expect(await done(ana.api.GET('/api/groups/{id}/invites', on(copy)))).toEqual([]);
    expect(await done(ana.api.GET('/api/groups/{id}/progress/current', on(copy)))).toMatchObject([{ seconds_done: 0 }]);
  });

  it('of an archived group has the originally planned length', async () => {
    const group = await createGroup(ana, { start_at: '2026-01-05T00:00:00Z', end_at: '2090-02-02T00:00:00Z' });
    await done(ana.api.POST('/api/groups/{id}:archive', on(group)));
    await shiftGroup(api, group, { endAt: '2026-02-02T00:00:00Z' });
    const copy = await clone(ana, group);
    expect(copy.status).toBe('active');
    expect(Date.parse(copy.end_at) - Date.parse(copy.start_at)).toBe(28 * 86_400_000);
  });

  it('is allowed for members only; others get a 404', async () => {
    const group = await createGroup(ana);
    await refused(ben.api.POST('/api/groups/{id}:clone', on(group)), 'not_found');
    await refused(ana.api.POST('/api/groups/{id}:clone', on({ id: nobody() })), 'not_found');
  });

  it('is created by every call', async () => {
    const group = await createGroup(ana);
    const copies = await Promise.all([clone(ana, group), clone(ana, group), clone(ana, group)]);
    expect(new Set(copies.map(({ id }) => id)).size).toBe(3);
  });
});

describe('A copy has the same length in the local calendar, across clock changes', () => {
  it.each<[string, string, string, number]>([
    ['America/New_York', '2026-02-09T05:00:00Z', '2026-03-09T04:00:00Z', 28],
    ['America/New_York', '2026-10-05T04:00:00Z', '2026-11-02T05:00:00Z', 28],
    ['Europe/Berlin', '2026-03-01T23:00:00Z', '2026-03-29T22:00:00Z', 28],
    ['Australia/Lord_Howe', '2026-03-08T13:00:00Z', '2026-04-05T13:30:00Z', 28],
    ['America/Santiago', '2026-08-24T04:00:00Z', '2026-09-21T03:00:00Z', 28],
    ['Asia/Kolkata', '2026-05-31T18:30:00Z', '2026-06-07T18:30:00Z', 7],
    ['Antarctica/Troll', '2026-03-02T00:00:00Z', '2026-03-29T22:00:00Z', 28],
    ['UTC', '2026-03-02T00:00:00Z', '2026-03-30T00:00:00Z', 28],
  ])('%s, %s to %s', async (timezone, startAt, endAt, days) => {
    const group = await createGroup(ana, { timezone });
    await shiftGroup(api, group, { startAt, endAt });
    expect(local(startAt, timezone).slice(11)).toBe(local(endAt, timezone).slice(11));
    for (const at of ['03-01', '06-03', '09-01', '10-20'].map((day) => `2035-${day}T12:00:00.000Z`)) {
      const copy = await cloneAt(group, at);
      expect(copy.start_at.toISOString()).toBe(at);
      expect(local(copy.end_at, timezone).slice(11)).toBe(local(at, timezone).slice(11));
      const dayOf = (instant: string | Date) => Date.parse(`${local(instant, timezone).slice(0, 10)}T00:00:00Z`);
      expect((dayOf(copy.end_at) - dayOf(at)) / 86_400_000).toBe(days);
    }
  });

  it('also for a group of less than a day, and over HTTP', async () => {
    const group = await createGroup(ana, { timezone: 'America/New_York' });
    const startAt = agoSeconds(7200);
    await shiftGroup(api, group, { startAt, endAt: new Date(Date.parse(startAt) + 3_600_000).toISOString() });
    const copy = await clone(ana, group);
    expect(Date.parse(copy.end_at) - Date.parse(copy.start_at)).toBe(3_600_000);
  });
});

describe('clone_group in psql', () => {
  const sql = async (original: string, owner: string): Promise<string> =>
    (await api.database.query('SELECT clone_group($1, $2) AS id', [original, owner])).rows[0].id;

  it('accepts any new owner, also a non-member', async () => {
    const group = await createGroup(ana);
    await addMembers(ana, group, ben);
    const copy = await done(cleo.api.GET('/api/groups/{id}', on({ id: await sql(group.id, cleo.id) })));
    expect(copy.members.map(({ user, role }) => `${user.display_name} ${role}`)).toEqual([
      'Cleo owner',
      'Ana admin',
      'Ben member',
    ]);
  });

  it('raises an error for an unknown group', async () => {
    await expect(sql(nobody(), ana.id)).rejects.toMatchObject({ code: 'LK404' });
  });
});
