import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Person, useApi } from '../support/api.js';
import { bodyOf, problem, type ProblemBody } from '../support/request.js';
import {
  createGroup,
  createInvite,
  createRunningSession,
  createSession,
  addMembers,
  addAdmin,
  nobody,
  people,
} from '../support/factories.js';
import { created, done, on, onMember, refused, type Schema, where } from '../support/sdk.js';
import { advanceTime, minutes } from '../support/time.js';

const api = useApi();
let ana: Person;
let ben: Person;
let cleo: Person;
let dora: Person;
let group: Schema<'GroupDetail'>;

beforeAll(async () => {
  [ana, ben, cleo, dora] = await people(api, 'Ana', 'Ben', 'Cleo', 'Dora');
});

/** Ana owns the group, Ben is an admin, Cleo a member, Dora no member. */
beforeEach(async () => {
  group = await createGroup(ana);
  await addAdmin(ana, group, ben);
  await addMembers(ana, group, cleo);
});

const adds = (by: Person, { id }: { id: string }, role?: 'admin' | null) =>
  by.api.POST('/api/groups/{id}/members', on(group, { user_id: id, role }));
const changes = (by: Person, member: Person, change: Schema<'UpdateMember'>) =>
  by.api.PATCH('/api/groups/{id}/members/{userId}', onMember(group, member, change));
const removes = (by: Person, member: { id: string }) =>
  by.api.DELETE('/api/groups/{id}/members/{userId}', onMember(group, member));
const transfers = (by: Person, newOwner: Person) =>
  by.api.POST('/api/groups/{id}:transfer', on(group, { user_id: newOwner.id }));

const rolesNow = async (reader = ana) =>
  (await done(reader.api.GET('/api/groups/{id}/members', on(group)))).map(
    ({ user, role }) => `${user.display_name}: ${role}`,
  );

const latest = async (person: Person) => (await done(person.api.GET('/api/notifications', where({ limit: 1 }))))[0];

describe('The members of a group', () => {
  it('are listed for each member, owner first, then in joining order', async () => {
    expect(await rolesNow(cleo)).toEqual(['Ana: owner', 'Ben: admin', 'Cleo: member']);
    await done(transfers(ana, cleo));
    expect(await rolesNow(ben)).toEqual(['Cleo: owner', 'Ana: admin', 'Ben: admin']);
    await refused(dora.api.GET('/api/groups/{id}/members', on(group)), 'not_found');
  });

  it('never include e-mail addresses', async () => {
    const emma = await api.person('Emma', { email: 'emma@example.com' });
    await created(adds(ana, emma));
    const { text } = await cleo.get(`/api/groups/${group.id}`);
    expect(text).toContain('Emma');
    expect(text).not.toContain('emma@example.com');
  });
});

describe('Adding a member', () => {
  it('is allowed for the owner and admins; member by default; the person is notified', async () => {
    const { data, response } = await adds(ben, dora, null);
    expect(response.headers.get('location')).toBe(`/api/groups/${group.id}/members/${dora.id}`);
    expect(data).toMatchObject({ role: 'member', user: { display_name: 'Dora' } });
    expect(await latest(dora)).toMatchObject({ kind: 'generic', data: { event: 'member_added', actor_id: ben.id } });
    await refused(adds(cleo, { id: nobody() }), 'not_found');
    await refused(adds(cleo, dora), 'forbidden');
  });

  it('as an admin is allowed for the owner only, and as an owner for nobody', async () => {
    await refused(adds(ben, dora, 'admin'), 'forbidden');
    await ana
      .post(`/api/groups/${group.id}/members`, { user_id: dora.id, role: 'owner' })
      .expect(problem(400, 'invalid_request'));
    await created(adds(ana, dora, 'admin'));
    expect(await rolesNow()).toContain('Dora: admin');
  });

  it('twice is a 409, and of an unknown person a 404', async () => {
    await refused(adds(ana, cleo), 'already_member');
    await refused(adds(ana, ana), 'already_member');
    await refused(adds(ana, { id: nobody() }), 'not_found');
  });

  it('accepts tnewOwner pending invite', async () => {
    const invite = await createInvite(ana, group, dora);
    await created(adds(ben, dora));
    expect(await done(dora.api.GET('/api/notifications/{id}', on(invite)))).toMatchObject({ status: 'accepted' });
    expect(await done(ana.api.GET('/api/groups/{id}/invites', on(group)))).toEqual([]);
    expect(await latest(ana)).toMatchObject({ data: { event: 'invite_accepted', actor_id: dora.id } });
    await refused(dora.api.POST('/api/invites/{id}:decline', on(invite)), 'invite_answered');
  });
});

describe('Changing a member', () => {
  it('sets an override, also an admin’s own, and null clears it', async () => {
    const override = (by: Person, of: Person, override_period_target_minutes: number | null) =>
      done(changes(by, of, { override_period_target_minutes }));
    expect(await override(ben, ben, 30)).toMatchObject({ override_period_target_minutes: 30, role: 'admin' });
    expect(await override(ben, ana, 45)).toMatchObject({ override_period_target_minutes: 45, role: 'owner' });
    await override(ana, cleo, 90);
    const race = await done(cleo.api.GET('/api/groups/{id}/progress/current', on(group)));
    expect(race.map(({ target_minutes }) => target_minutes)).toEqual([45, 30, 90]);
    expect(await done(changes(ana, cleo, {}))).toMatchObject({
      override_period_target_minutes: 90,
    });
    expect(await override(ana, cleo, null)).toMatchObject({ override_period_target_minutes: null });
    await refused(changes(cleo, cleo, { override_period_target_minutes: 1 }), 'forbidden');
  });

  it.each([0, 1441, -1, 1.5, '60'])('rejects an override of %p minutes a day', async (minutes) => {
    const { errors } = await bodyOf<ProblemBody>(
      ana
        .patch(`/api/groups/${group.id}/members/${cleo.id}`, { override_period_target_minutes: minutes })
        .expect(problem(400, 'invalid_request')),
    );
    expect(errors).toMatchObject([{ pointer: '/override_period_target_minutes' }]);
  });

  it('including the role is allowed for the owner only', async () => {
    await refused(changes(ben, cleo, { role: 'admin' }), 'forbidden');
    expect(await done(changes(ana, cleo, { role: 'admin' }))).toMatchObject({ role: 'admin' });
    expect(await done(changes(ana, ben, { role: 'member' }))).toMatchObject({ role: 'member' });
    await ana
      .patch(`/api/groups/${group.id}/members/${cleo.id}`, { role: 'owner' })
      .expect(problem(400, 'invalid_request'));
    await refused(changes(ana, ana, { role: 'member' }), 'owner_must_transfer');
    await refused(changes(ana, dora, { role: 'member' }), 'not_found');
    expect(await rolesNow()).toEqual(['Ana: owner', 'Ben: member', 'Cleo: admin']);
  });
});

describe('Ownership', () => {
  it('is transferred to a member, who is notified; the old owner becomes admin', async () => {
    await refused(transfers(ben, ben), 'forbidden');
    await refused(transfers(ana, dora), 'not_found');
    const moved = await done(transfers(ana, cleo));
    expect(moved.owner_id).toBe(cleo.id);
    expect(await rolesNow()).toEqual(['Cleo: owner', 'Ana: admin', 'Ben: admin']);
    expect(await latest(cleo)).toMatchObject({ data: { event: 'ownership_transferred', actor_id: ana.id } });
    await refused(ana.api.POST('/api/groups/{id}:archive', on(group)), 'forbidden');
  });

  it('transferred to oneself changes nothing', async () => {
    await done(transfers(ana, ana));
    expect(await rolesNow()).toEqual(['Ana: owner', 'Ben: admin', 'Cleo: member']);
  });

  it('can be transferred in an archived group, which the old owner can leave', async () => {
    await done(ana.api.POST('/api/groups/{id}:archive', on(group)));
    await refused(removes(ana, ana), 'owner_must_transfer');
    await done(transfers(ana, ben));
    await done(removes(ana, ana));
    await done(removes(ben, cleo));
    expect(await rolesNow(ben)).toEqual(['Ben: owner']);
  });
});

describe('Leaving and being removed', () => {
  it('an admin does not remove the owner or another admin; the owner removes anybody, and transfers before leaving', async () => {
    await addAdmin(ana, group, dora);
    await refused(removes(ben, ana), 'forbidden');
    await refused(removes(ben, dora), 'forbidden');
    await refused(removes(cleo, ben), 'forbidden');
    await refused(removes(ben, { id: nobody() }), 'not_found');
    await refused(removes(ana, ana), 'owner_must_transfer');
    await done(removes(ben, cleo));
    await done(removes(ana, dora));
    await done(removes(ben, ben));
    await refused(removes(ana, ben), 'not_found');
    expect(await rolesNow()).toEqual(['Ana: owner']);
  });

  it('notifies people who are removed, not people who leave', async () => {
    await done(removes(ana, cleo));
    expect(await latest(cleo)).toMatchObject({
      kind: 'generic',
      group: null,
      data: { event: 'member_removed', actor_id: ana.id },
    });
    const before = await latest(ben);
    await done(removes(ben, ben));
    expect((await latest(ben))?.id).toBe(before?.id);
  });

  it('closes segments and ends hosted sessions of that group only', async () => {
    const solo = await createSession(cleo);
    const hosted = await createRunningSession(cleo, group, 600);
    const scheduled = await createSession(cleo, group);
    const other = await createRunningSession(ana, group, 900);
    await created(cleo.api.POST('/api/sessions/{id}/participants', on(other)));
    await advanceTime(api, minutes(10));
    await done(removes(cleo, cleo));

    for (const { id } of [hosted, scheduled]) {
      expect(await done(ana.api.GET('/api/sessions/{id}', on({ id })))).toMatchObject({ status: 'ended' });
    }
    expect(await done(cleo.api.GET('/api/sessions/{id}', on(solo)))).toMatchObject({ status: 'scheduled' });
    expect(await done(ana.api.GET('/api/sessions/{id}', on(other)))).toMatchObject({
      status: 'running',
      participants: [{ user_id: ana.id, running: true }],
    });
    const logs = await done(ana.api.GET('/api/sessions/{id}/logs', on(other)));
    expect(logs.filter(({ ended_at }) => ended_at === null).map(({ user_id }) => user_id)).toEqual([ana.id]);
    await done(ana.api.POST('/api/sessions/{id}:stop', on(other)));
  });

  it('keeps the logs, which count again on return', async () => {
    const { id } = await createRunningSession(cleo, group, 1200);
    await done(cleo.api.POST('/api/sessions/{id}:stop', on({ id })));
    const of = async (person: Person) => {
      const members = await done(ana.api.GET('/api/groups/{id}/progress/current', on(group)));
      return members.find(({ user_id }) => user_id === person.id);
    };
    const before = await of(cleo);
    await done(removes(cleo, cleo));
    expect(await of(cleo)).toBeUndefined();
    await addMembers(ana, group, cleo);
    expect(await of(cleo)).toMatchObject({ seconds_done: before?.seconds_done });
  });

  it('keeps access to sessions in which the person took part, and to nothing else of the group', async () => {
    const mine = await createRunningSession(ana, group, 60);
    await created(cleo.api.POST('/api/sessions/{id}/participants', on(mine)));
    await done(ana.api.POST('/api/sessions/{id}:stop', on(mine)));
    const others = await createSession(ana, group);
    await done(removes(cleo, cleo));
    expect((await done(cleo.api.GET('/api/sessions/{id}', on(mine)))).participants).toHaveLength(2);
    await refused(cleo.api.GET('/api/sessions/{id}', on(others)), 'not_found');
    await refused(cleo.api.GET('/api/groups/{id}', on(group)), 'not_found');
    await refused(cleo.api.GET('/api/sessions', where({ group_id: group.id })), 'not_found');
    expect(await done(cleo.api.GET('/api/sessions', where({ status: 'ended', limit: 1 })))).toMatchObject([
      { id: mine.id },
    ]);
  });

  it('a session that ended by itself counts as ended for those who leave, before a job writes it', async () => {
    const { id } = await createRunningSession(ana, group);
    await created(cleo.api.POST('/api/sessions/{id}/participants', on({ id })));
    await advanceTime(api, minutes(12 * 60 + 1));
    await done(removes(cleo, cleo));
    expect(await done(cleo.api.GET('/api/sessions/{id}', on({ id })))).toMatchObject({
      status: 'ended',
      participants: [{ user_id: ana.id }, { user_id: cleo.id }],
    });
  });
});
