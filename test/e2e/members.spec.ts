import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { GroupDetail } from '../../src/groups/groups.dto.js';
import type { Member } from '../../src/groups/members.dto.js';
import type { Notification } from '../../src/inbox/inbox.dto.js';
import type { Progress } from '../../src/progress/progress.dto.js';
import type { SessionDetail, TimeLog } from '../../src/sessions/sessions.dto.js';
import { type Api, type Person, startApi } from '../support/api.js';
import { aGroup, aRunningSession, aSession, joins, joinsAsAdmin, nobody, people } from '../support/factories.js';
import { later, minutes } from '../support/time.js';

let api: Api;
let ana: Person;
let ben: Person;
let cleo: Person;
let dora: Person;
let group: GroupDetail;
let members: string;

beforeAll(async () => {
  api = await startApi();
  [ana, ben, cleo, dora] = await people(api, 'Ana', 'Ben', 'Cleo', 'Dora');
});
afterAll(() => api.stop());

/** Ana owns the group, Ben is an admin, Cleo a member, Dora nobody. */
beforeEach(async () => {
  group = await aGroup(ana);
  members = `/api/groups/${group.id}/members`;
  await joinsAsAdmin(ana, group, ben);
  await joins(ana, group, cleo);
});

const rolesNow = async (reader = ana) =>
  (await reader.get(members).expect<Member[]>(200)).map(({ user, role }) => `${user.display_name}: ${role}`);

const latest = async (person: Person) =>
  (await person.get('/api/notifications?limit=1').expect<Notification[]>(200))[0];

describe('The members of a group', () => {
  it('are listed to each of them, owner first, then by joining', async () => {
    expect(await rolesNow(cleo)).toEqual(['Ana: owner', 'Ben: admin', 'Cleo: member']);
    await ana.post(`/api/groups/${group.id}:transfer`, { user_id: cleo.id }).expect(200);
    expect(await rolesNow(ben)).toEqual(['Cleo: owner', 'Ana: admin', 'Ben: admin']);
    await dora.get(members).problem(404, 'not_found');
  });

  it('never show anybody’s e-mail', async () => {
    const emma = await api.person('Emma', { email: 'emma@example.com' });
    await ana.post(members, { user_id: emma.id }).expect(201);
    const { text } = await cleo.get(`/api/groups/${group.id}`).answer;
    expect(text).toContain('Emma');
    expect(text).not.toContain('emma@example.com');
  });
});

describe('Adding a member', () => {
  it('is for the owner and admins; member by default, and told to the person', async () => {
    const { headers, body } = await ben.post(members, { user_id: dora.id, role: null }).answer;
    expect(headers.get('location')).toBe(`${members}/${dora.id}`);
    expect(body).toMatchObject({ role: 'member', user: { display_name: 'Dora' } });
    expect(await latest(dora)).toMatchObject({ kind: 'generic', data: { event: 'member_added', actor_id: ben.id } });
    await cleo.post(members, { user_id: nobody() }).problem(404, 'not_found');
    await cleo.post(members, { user_id: dora.id }).problem(403, 'forbidden');
  });

  it('as an admin is for the owner only, and never as an owner', async () => {
    await ben.post(members, { user_id: dora.id, role: 'admin' }).problem(403, 'forbidden');
    await ana.post(members, { user_id: dora.id, role: 'owner' }).problem(400, 'invalid_request');
    await ana.post(members, { user_id: dora.id, role: 'admin' }).expect(201);
    expect(await rolesNow()).toContain('Dora: admin');
  });

  it('twice is a conflict, and of somebody unknown not found', async () => {
    await ana.post(members, { user_id: cleo.id }).problem(409, 'already_member');
    await ana.post(members, { user_id: ana.id }).problem(409, 'already_member');
    await ana.post(members, { user_id: nobody() }).problem(404, 'not_found');
  });

  it('answers their pending invite as accepted', async () => {
    const invite = await ana
      .post(`/api/groups/${group.id}:invite`, { recipient_id: dora.id })
      .expect<{ id: string }>(201);
    await ben.post(members, { user_id: dora.id }).expect(201);
    expect(await dora.get(`/api/notifications/${invite.id}`).expect(200)).toMatchObject({ status: 'accepted' });
    expect(await ana.get(`/api/groups/${group.id}/invites`).expect(200)).toEqual([]);
    expect(await latest(ana)).toMatchObject({ data: { event: 'invite_accepted', actor_id: dora.id } });
    await dora.post(`/api/invites/${invite.id}:decline`).problem(409, 'invite_answered');
  });
});

describe('Changing a member', () => {
  it('overrides a target, also an admin their own, and null clears it', async () => {
    const override = (by: Person, of: Person, override_period_target_minutes: number | null) =>
      by.patch(`${members}/${of.id}`, { override_period_target_minutes }).expect<Member>(200);
    expect(await override(ben, ben, 30)).toMatchObject({ override_period_target_minutes: 30, role: 'admin' });
    expect(await override(ben, ana, 45)).toMatchObject({ override_period_target_minutes: 45, role: 'owner' });
    await override(ana, cleo, 90);
    const { members: race } = await cleo.get(`/api/groups/${group.id}/progress/current`).expect<Progress>(200);
    expect(race.map(({ target_minutes }) => target_minutes)).toEqual([45, 30, 90]);
    expect(await ana.patch(`${members}/${cleo.id}`, {}).expect(200)).toMatchObject({
      override_period_target_minutes: 90,
    });
    expect(await override(ana, cleo, null)).toMatchObject({ override_period_target_minutes: null });
    await cleo.patch(`${members}/${cleo.id}`, { override_period_target_minutes: 1 }).problem(403, 'forbidden');
  });

  it.each([0, 1441, -1, 1.5, '60'])('does not take an override of %p minutes a day', async (minutes) => {
    const { errors } = await ana
      .patch(`${members}/${cleo.id}`, { override_period_target_minutes: minutes })
      .problem(400, 'invalid_request');
    expect(errors).toMatchObject([{ pointer: '/override_period_target_minutes' }]);
  });

  it('in their role is for the owner only', async () => {
    await ben.patch(`${members}/${cleo.id}`, { role: 'admin' }).problem(403, 'forbidden');
    expect(await ana.patch(`${members}/${cleo.id}`, { role: 'admin' }).expect(200)).toMatchObject({ role: 'admin' });
    expect(await ana.patch(`${members}/${ben.id}`, { role: 'member' }).expect(200)).toMatchObject({ role: 'member' });
    await ana.patch(`${members}/${cleo.id}`, { role: 'owner' }).problem(400, 'invalid_request');
    await ana.patch(`${members}/${ana.id}`, { role: 'member' }).problem(409, 'owner_must_transfer');
    await ana.patch(`${members}/${dora.id}`, { role: 'member' }).problem(404, 'not_found');
    expect(await rolesNow()).toEqual(['Ana: owner', 'Ben: member', 'Cleo: admin']);
  });
});

describe('Ownership', () => {
  it('goes to a member, who is told; the old owner becomes admin', async () => {
    await ben.post(`/api/groups/${group.id}:transfer`, { user_id: ben.id }).problem(403, 'forbidden');
    await ana.post(`/api/groups/${group.id}:transfer`, { user_id: dora.id }).problem(404, 'not_found');
    const moved = await ana.post(`/api/groups/${group.id}:transfer`, { user_id: cleo.id }).expect<GroupDetail>(200);
    expect(moved.owner_id).toBe(cleo.id);
    expect(await rolesNow()).toEqual(['Cleo: owner', 'Ana: admin', 'Ben: admin']);
    expect(await latest(cleo)).toMatchObject({ data: { event: 'ownership_transferred', actor_id: ana.id } });
    await ana.post(`/api/groups/${group.id}:archive`).problem(403, 'forbidden');
  });

  it('handed to oneself changes nothing', async () => {
    await ana.post(`/api/groups/${group.id}:transfer`, { user_id: ana.id }).expect(200);
    expect(await rolesNow()).toEqual(['Ana: owner', 'Ben: admin', 'Cleo: member']);
  });

  it('can be handed over and left behind in an archived group', async () => {
    await ana.post(`/api/groups/${group.id}:archive`).expect(200);
    await ana.delete(`${members}/${ana.id}`).problem(409, 'owner_must_transfer');
    await ana.post(`/api/groups/${group.id}:transfer`, { user_id: ben.id }).expect(200);
    await ana.delete(`${members}/${ana.id}`).expect(204);
    await ben.delete(`${members}/${cleo.id}`).expect(204);
    expect(await rolesNow(ben)).toEqual(['Ben: owner']);
  });
});

describe('Leaving and being removed', () => {
  it('an admin does not remove the owner or another admin; the owner removes anybody, and transfers before leaving', async () => {
    await joinsAsAdmin(ana, group, dora);
    await ben.delete(`${members}/${ana.id}`).problem(403, 'forbidden');
    await ben.delete(`${members}/${dora.id}`).problem(403, 'forbidden');
    await cleo.delete(`${members}/${ben.id}`).problem(403, 'forbidden');
    await ben.delete(`${members}/${nobody()}`).problem(404, 'not_found');
    await ana.delete(`${members}/${ana.id}`).problem(409, 'owner_must_transfer');
    await ben.delete(`${members}/${cleo.id}`).expect(204);
    await ana.delete(`${members}/${dora.id}`).expect(204);
    await ben.delete(`${members}/${ben.id}`).expect(204);
    await ana.delete(`${members}/${ben.id}`).problem(404, 'not_found');
    expect(await rolesNow()).toEqual(['Ana: owner']);
  });

  it('tells whoever was removed, and nobody who leaves', async () => {
    await ana.delete(`${members}/${cleo.id}`).expect(204);
    expect(await latest(cleo)).toMatchObject({
      kind: 'generic',
      group: null,
      data: { event: 'member_removed', actor_id: ana.id },
    });
    const before = await latest(ben);
    await ben.delete(`${members}/${ben.id}`).expect(204);
    expect((await latest(ben))?.id).toBe(before?.id);
  });

  it('closes one’s segments and ends one’s hosted sessions of that group, and of that group only', async () => {
    const solo = await aSession(cleo);
    const hosted = await aRunningSession(cleo, group, 600);
    const scheduled = await aSession(cleo, group);
    const other = await aRunningSession(ana, group, 900);
    await cleo.post(`/api/sessions/${other.id}/participants`).expect(201);
    await later(api, minutes(10));
    await cleo.delete(`${members}/${cleo.id}`).expect(204);

    for (const { id } of [hosted, scheduled]) {
      expect(await ana.get(`/api/sessions/${id}`).expect(200)).toMatchObject({ status: 'ended' });
    }
    expect(await cleo.get(`/api/sessions/${solo.id}`).expect(200)).toMatchObject({ status: 'scheduled' });
    expect(await ana.get(`/api/sessions/${other.id}`).expect(200)).toMatchObject({
      status: 'running',
      participants: [{ user_id: ana.id, running: true }],
    });
    const logs = await ana.get(`/api/sessions/${other.id}/logs`).expect<TimeLog[]>(200);
    expect(logs.filter(({ ended_at }) => ended_at === null).map(({ user_id }) => user_id)).toEqual([ana.id]);
    await ana.post(`/api/sessions/${other.id}:stop`).expect(200);
  });

  it('keeps the logs, which count again on return', async () => {
    const { id } = await aRunningSession(cleo, group, 1200);
    await cleo.post(`/api/sessions/${id}:stop`).expect(200);
    const of = async (person: Person) => {
      const { members } = await ana.get(`/api/groups/${group.id}/progress/current`).expect<Progress>(200);
      return members.find(({ user_id }) => user_id === person.id);
    };
    const before = await of(cleo);
    await cleo.delete(`${members}/${cleo.id}`).expect(204);
    expect(await of(cleo)).toBeUndefined();
    await joins(ana, group, cleo);
    expect(await of(cleo)).toMatchObject({ seconds_done: before?.seconds_done });
  });

  it('leaves to a former member the sessions they took part in, and nothing else of the group', async () => {
    const mine = await aRunningSession(ana, group, 60);
    await cleo.post(`/api/sessions/${mine.id}/participants`).expect(201);
    await ana.post(`/api/sessions/${mine.id}:stop`).expect(200);
    const others = await aSession(ana, group);
    await cleo.delete(`${members}/${cleo.id}`).expect(204);
    expect((await cleo.get(`/api/sessions/${mine.id}`).expect<SessionDetail>(200)).participants).toHaveLength(2);
    await cleo.get(`/api/sessions/${others.id}`).problem(404, 'not_found');
    await cleo.get(`/api/groups/${group.id}`).problem(404, 'not_found');
    await cleo.get(`/api/sessions?group_id=${group.id}`).problem(404, 'not_found');
    expect(await cleo.get('/api/sessions?status=ended&limit=1').expect(200)).toMatchObject([{ id: mine.id }]);
  });

  it('a session that ended by itself counts as ended for those who leave, before anybody has written so', async () => {
    const { id } = await aRunningSession(ana, group);
    await cleo.post(`/api/sessions/${id}/participants`).expect(201);
    await later(api, minutes(12 * 60 + 1));
    await cleo.delete(`${members}/${cleo.id}`).expect(204);
    expect(await cleo.get(`/api/sessions/${id}`).expect(200)).toMatchObject({
      status: 'ended',
      participants: [{ user_id: ana.id }, { user_id: cleo.id }],
    });
  });
});
