import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Person, useApi } from '../support/api.js';
import { bodyOf, problem, type ProblemBody } from '../support/request.js';
import {
  createGroup,
  createRunningSession,
  createSession,
  inDays,
  addMembers,
  addAdmin,
  people,
} from '../support/factories.js';
import { created, done, on, refused, type Schema, where } from '../support/sdk.js';

const api = useApi();
let ana: Person;
let ben: Person;
let cleo: Person;

beforeAll(async () => {
  [ana, ben, cleo] = await people(api, 'Ana', 'Ben', 'Cleo');
});

const wish = <Wishes>(wishes: Wishes) => ({
  name: 'Deep work',
  end_at: inDays(30),
  timezone: 'UTC',
  period: 'daily' as const,
  period_target_minutes: 60,
  ...wishes,
});

async function isFault(wishes: Record<string, unknown>, ...pointers: string[]): Promise<void> {
  const { errors = [] } = await bodyOf<ProblemBody>(
    ana.post('/api/groups', wish(wishes)).expect(problem(400, 'invalid_request')),
  );
  expect(errors.map(({ pointer }) => pointer).sort()).toEqual(pointers.sort());
}

const create = (wishes: Partial<Schema<'CreateGroup'>>) => created(ana.api.POST('/api/groups', { body: wish(wishes) }));

describe('A new group', () => {
  it('has the creator as owner and first member, and a Location', async () => {
    const { data, response } = await ana.api.POST('/api/groups', { body: wish({}) });
    const group = data!;
    expect(response.headers.get('location')).toBe(`/api/groups/${group.id}`);
    expect(group).toMatchObject({
      owner_id: ana.id,
      status: 'active',
      archived_at: null,
      description: '',
      sessions: [],
    });
    expect(group.members).toMatchObject([{ user_id: ana.id, role: 'owner', override_period_target_minutes: null }]);
    expect(await done(ana.api.GET('/api/groups/{id}', on(group)))).toEqual(group);
  });

  it('starts now by default; null equals absent', async () => {
    const group = await create({ start_at: null, description: null });
    expect(group.start_at).toBe(group.created_at);
    expect(Math.abs(Date.parse(group.start_at) - Date.now())).toBeLessThan(5000);
  });

  it('has timestamps in UTC, truncated to milliseconds, as stored', async () => {
    const group = await create({
      start_at: '2026-01-31T23:30:00.123987-01:30',
      end_at: '2099-12-31T23:59:59.999999999Z',
    });
    expect(group).toMatchObject({ start_at: '2026-02-01T01:00:00.123Z', end_at: '2099-12-31T23:59:59.999Z' });
  });

  it('has trimmed strings', async () => {
    expect(await create({ name: '  Deep\twork \n', description: ' ' })).toMatchObject({
      name: 'Deep\twork',
      description: '',
    });
  });
});

describe('The limits of a group', () => {
  it('name: 1..120 visible characters', async () => {
    await create({ name: 'x' });
    await create({ name: '🦉'.repeat(120) });
    await isFault({ name: '🦉'.repeat(121) }, '/name');
    await isFault({ name: '   ' }, '/name');
    await isFault({ name: null }, '/name');
  });

  it('description: 0..2000 characters', async () => {
    await create({ description: 'd'.repeat(2000) });
    await isFault({ description: 'd'.repeat(2001) }, '/description');
  });

  it('period_target_minutes: 1..1440 daily, 1..10080 weekly', async () => {
    await create({ period: 'daily', period_target_minutes: 1440 });
    await create({ period: 'weekly', period_target_minutes: 10_080 });
    await isFault({ period: 'daily', period_target_minutes: 1441 }, '/period_target_minutes');
    await isFault({ period: 'weekly', period_target_minutes: 10_081 }, '/period_target_minutes');
    await isFault({ period_target_minutes: 0 }, '/period_target_minutes');
    await isFault({ period_target_minutes: 1.5 }, '/period_target_minutes');
    await isFault({ period_target_minutes: '60' }, '/period_target_minutes');
  });

  it('end_at: after start_at, and in the future', async () => {
    await isFault({ start_at: inDays(-2), end_at: inDays(-1) }, '/end_at');
    await isFault({ start_at: inDays(3), end_at: inDays(2) }, '/end_at');
    const at = inDays(2);
    await isFault({ start_at: at, end_at: at }, '/end_at');
  });

  it('timestamps: in [2000-01-01, 2100-01-01), with an offset', async () => {
    await create({ start_at: '2000-01-01T00:00:00Z' });
    await isFault({ start_at: '1999-12-31T23:59:59.999Z' }, '/start_at');
    await isFault({ end_at: '2100-01-01T00:00:00Z' }, '/end_at');
    await isFault({ end_at: '2030-01-01T00:00:00' }, '/end_at');
    await isFault({ end_at: '2030-02-30T00:00:00Z' }, '/end_at');
    await isFault({ end_at: 1_900_000_000 }, '/end_at');
  });

  it.each(['UTC', 'Asia/Kolkata', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5', 'Asia/Calcutta'])(
    'timezone may be %s',
    async (timezone) => {
      expect(await create({ timezone })).toMatchObject({ timezone });
    },
  );

  it.each(['utc', 'asia/kolkata', 'Asia/kolkata', 'GMT', 'EST5EDT', 'posix/UTC', 'right/UTC', 'posix/Asia/Kolkata'])(
    'timezone may not be %s',
    (timezone) => isFault({ timezone }, '/timezone'),
  );

  it.each(['FOO+99', '+05:30', 'Mars/Olympus', '<+03>-3', "UTC'; DROP TABLE groups", '../etc/passwd', ''])(
    'timezone may not be “%s”',
    (timezone) => isFault({ timezone }, '/timezone'),
  );

  it('all errors are listed at once', () =>
    isFault({ name: '', period: 'monthly', end_at: 'soon' }, '/name', '/period', '/end_at'));
});

describe('A person’s groups', () => {
  it('are listed newest first, all of them or by status as it is now', async () => {
    const dora = await api.person('Dora');
    const first = await createGroup(dora);
    const second = await createGroup(dora);
    await addMembers(ana, await createGroup(ana), dora);
    await done(dora.api.POST('/api/groups/{id}:archive', on(first)));
    const idsOf = async (query: { status?: Schema<'GroupStatus'> }) =>
      (await done(dora.api.GET('/api/groups', where(query)))).map(({ id }) => id);
    const all = await idsOf({});
    expect(all).toHaveLength(3);
    expect(all.slice(1)).toEqual([second.id, first.id]);
    expect(await idsOf({ status: 'archived' })).toEqual([first.id]);
    expect(await idsOf({ status: 'active' })).toEqual(all.filter((id) => id !== first.id));
    const { memberships } = await done(dora.api.GET('/api/me'));
    expect(memberships.map(({ group_id }) => group_id)).toEqual(all);
    expect(memberships.map(({ role, status }) => `${role} ${status}`)).toEqual([
      'member active',
      'owner active',
      'owner archived',
    ]);
  });

  it('show all open sessions and the 20 latest ended, newest first', async () => {
    const dora = await api.person('Dora');
    const group = await createGroup(dora);
    const ended: string[] = [];
    const open = await createSession(dora, group);
    for (let i = 0; i < 22; i++) {
      const { id } = await createSession(dora, group);
      await done(dora.api.POST('/api/sessions/{id}:stop', on({ id })));
      ended.unshift(id);
    }
    const running = await createRunningSession(dora, group);
    const { sessions } = await done(dora.api.GET('/api/groups/{id}', on(group)));
    expect(sessions.map(({ id }) => id)).toEqual([running.id, ...ended.slice(0, 20), open.id]);
  });
});

describe('Changing a group', () => {
  it('is allowed for the owner and admins, and changes only the sent fields', async () => {
    const group = await createGroup(ana, { description: 'Phones away.' });
    await addAdmin(ana, group, ben);
    await addMembers(ana, group, cleo);
    const end_at = inDays(60);
    const changed = await done(
      ben.api.PATCH('/api/groups/{id}', on(group, { name: ' Deeper ', end_at, description: null })),
    );
    expect(changed).toMatchObject({ name: 'Deeper', end_at, description: 'Phones away.', period_target_minutes: 60 });
    expect(changed.updated_at > group.updated_at).toBe(true);
    await done(ana.api.PATCH('/api/groups/{id}', on(group, { description: '', period_target_minutes: 90 })));
    expect(await done(cleo.api.GET('/api/groups/{id}', on(group)))).toMatchObject({
      name: 'Deeper',
      description: '',
      period_target_minutes: 90,
    });
    await refused(cleo.api.PATCH('/api/groups/{id}', on(group, { name: 'Mine' })), 'forbidden');
  });

  it('with an empty object changes nothing', async () => {
    const group = await createGroup(ana);
    expect(await done(ana.api.PATCH('/api/groups/{id}', on(group, {})))).toEqual(group);
    expect(await done(ana.api.PATCH('/api/groups/{id}', on(group, { name: null, end_at: null })))).toEqual(group);
  });

  it('rejects an end in the past or before the start, and a target longer than the period', async () => {
    const group = await createGroup(ana, { start_at: inDays(5) });
    const refuse = async (change: object, pointer: string) => {
      const { errors } = await bodyOf<ProblemBody>(
        ana.patch(`/api/groups/${group.id}`, change).expect(problem(400, 'invalid_request')),
      );
      expect(errors).toMatchObject([{ pointer }]);
    };
    await refuse({ end_at: inDays(-1) }, '/end_at');
    await refuse({ end_at: inDays(4) }, '/end_at');
    await refuse({ period_target_minutes: 1441 }, '/period_target_minutes');
    await refuse({ start_at: inDays(1) }, '/start_at');
    await refuse({ timezone: 'UTC' }, '/timezone');
    await refuse({ owner_id: ben.id }, '/owner_id');
  });

  it('archiving again is a 200 without effect', async () => {
    const group = await createGroup(ana);
    const archived = await done(ana.api.POST('/api/groups/{id}:archive', on(group)));
    expect(archived).toMatchObject({ status: 'archived', end_at: group.end_at });
    expect(await done(ana.api.POST('/api/groups/{id}:archive', on(group)))).toEqual(archived);
    await refused(ana.api.PATCH('/api/groups/{id}', on(group, {})), 'group_archived');
    expect(await done(ana.api.GET('/api/groups/{id}', on(group)))).toEqual(archived);
  });

  it('archiving ends its open sessions', async () => {
    const group = await createGroup(ana);
    const { id } = await createRunningSession(ana, group, 600);
    const { archived_at } = await done(ana.api.POST('/api/groups/{id}:archive', on(group)));
    const session = await done(ana.api.GET('/api/sessions/{id}', on({ id })));
    expect(session).toMatchObject({ status: 'ended', ended_at: archived_at });
    expect(session.participants).toMatchObject([{ running: false }]);
  });
});
