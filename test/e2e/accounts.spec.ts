import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { GroupDetail } from '../../src/groups/groups.dto.js';
import type { GroupInvite, Notification } from '../../src/inbox/inbox.dto.js';
import type { SessionDetail } from '../../src/sessions/sessions.dto.js';
import { type Api, type Person, startApi } from '../support/api.js';
import { aClub, aGroup, aRunningSession, aSession, joins, joinsAsAdmin, people } from '../support/factories.js';
import { focusesToday, toldOf } from '../support/focus.js';
import { hours, later, zoneAtNoon } from '../support/time.js';

let api: Api;
let ana: Person;
let ben: Person;
let group: GroupDetail;

beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());
beforeEach(async () => {
  ({ ana, ben, group } = await aClub(api, { name: 'Club', timezone: zoneAtNoon() }));
});

const isGone = (person: Person) => person.delete('/api/me').expect(204);
const see = (person: Person, path: string) => person.get(path).expect<GroupDetail>(200);

describe('With an account goes', () => {
  const rowsOf = async (id: string): Promise<string[]> => {
    const { rows } = await api.database.query<{ place: string }>(
      `SELECT 'identity' AS place FROM auth_identities WHERE profile_id = $1
       UNION ALL SELECT 'member' FROM group_members WHERE user_id = $1
       UNION ALL SELECT 'participant' FROM session_participants WHERE user_id = $1
       UNION ALL SELECT 'log' FROM time_logs WHERE user_id = $1
       UNION ALL SELECT 'notification' FROM notifications WHERE recipient_id = $1
       UNION ALL SELECT 'target' FROM target_changes WHERE user_id = $1
       UNION ALL SELECT 'milestone' FROM milestones WHERE user_id = $1
       UNION ALL SELECT 'limit' FROM limited_actions WHERE profile_id = $1
       UNION ALL SELECT 'key' FROM idempotency_keys WHERE user_id = $1
       UNION ALL SELECT 'profile' FROM profiles WHERE id = $1`,
      [id],
    );
    return [...new Set(rows.map(({ place }) => place))].sort();
  };

  it('all that is the person’s', async () => {
    await focusesToday(api, ana, group, 61);
    await ana.get('/api/profiles/lookup?email=nobody@example.com').problem(404, 'not_found');
    await aRunningSession(ana);
    await ana.post('/api/sessions', {}, { 'idempotency-key': 'k' }).expect(201);
    expect(await rowsOf(ana.id)).toHaveLength(10);
    await isGone(ana);
    expect(await rowsOf(ana.id)).toEqual([]);
    const { members } = await see(ben, `/api/groups/${group.id}`);
    expect(members.map(({ user_id, role }) => [user_id, role])).toEqual([[ben.id, 'owner']]);
  });

  it('its running session, which ends and stays for the others with their time', async () => {
    const session = await aRunningSession(ana, group);
    const scheduled = await aSession(ana, group);
    await ben.post(`/api/sessions/${session.id}/participants`).expect(201);
    await later(api, 90);
    await isGone(ana);
    const left = await ben.get(`/api/sessions/${session.id}`).expect<SessionDetail>(200);
    expect(left).toMatchObject({ status: 'ended', creator_id: null });
    expect(left.participants).toMatchObject([{ user_id: ben.id, running: false }]);
    expect(left.participants[0]!.seconds_logged).toBeGreaterThanOrEqual(90);
    expect(await ben.get(`/api/sessions/${scheduled.id}`).expect(200)).toMatchObject({ status: 'ended' });
    await later(api, hours(13));
    expect(await ben.get(`/api/sessions/${session.id}/logs`).expect<unknown[]>(200)).toHaveLength(1);
  });

  it('its part in somebody else’s session, which goes on', async () => {
    const session = await aRunningSession(ben, group);
    await ana.post(`/api/sessions/${session.id}/participants`).expect(201);
    await isGone(ana);
    expect(await ben.get(`/api/sessions/${session.id}`).expect(200)).toMatchObject({
      status: 'running',
      participants: [{ user_id: ben.id, running: true }],
    });
  });

  it('not what it told others, nor the invites it sent; those can be accepted', async () => {
    const cleo = await api.person('Cleo');
    const invite = await ana.post(`/api/groups/${group.id}:invite`, { recipient_id: cleo.id }).expect<GroupInvite>(201);
    await isGone(ana);
    const [pending] = await toldOf(cleo, 'group_invite');
    expect(pending).toMatchObject({ status: 'pending', group: { id: group.id } });
    expect(await ben.get(`/api/groups/${group.id}/invites`).expect(200)).toMatchObject([{ id: invite.id }]);
    await cleo.post(`/api/invites/${invite.id}:accept`).expect(200);
    expect((await see(cleo, `/api/groups/${group.id}`)).members).toHaveLength(2);
  });

  it('the invite it was sent', async () => {
    const cleo = await api.person('Cleo');
    await ana.post(`/api/groups/${group.id}:invite`, { recipient_id: cleo.id }).expect(201);
    await isGone(cleo);
    expect(await ana.get(`/api/groups/${group.id}/invites`).expect(200)).toEqual([]);
    await ana.post(`/api/groups/${group.id}:invite`, { recipient_id: cleo.id }).problem(404, 'not_found');
  });
});

describe('A group whose owner’s account is deleted', () => {
  it('goes to the longest-standing admin, who is told', async () => {
    const [cleo, dora] = await people(api, 'Cleo', 'Dora');
    await joinsAsAdmin(ana, group, cleo);
    await joinsAsAdmin(ana, group, dora);
    await isGone(ana);
    const { owner_id, members } = await see(ben, `/api/groups/${group.id}`);
    expect(owner_id).toBe(cleo.id);
    expect(members.map(({ user_id, role }) => [user_id, role])).toEqual([
      [cleo.id, 'owner'],
      [ben.id, 'member'],
      [dora.id, 'admin'],
    ]);
    const told = (await toldOf(cleo, 'generic')).at(-1)!;
    expect(told).toMatchObject({ title: 'Club is yours', data: { event: 'ownership_transferred' } });
  });

  it('goes to the longest-standing member where there is no admin, also once it is archived', async () => {
    const cleo = await api.person('Cleo');
    await joins(ana, group, cleo);
    await ana.post(`/api/groups/${group.id}:archive`).expect(200);
    await isGone(ana);
    expect(await see(cleo, `/api/groups/${group.id}`)).toMatchObject({ owner_id: ben.id, status: 'archived' });
  });

  it('is deleted where there is nobody else', async () => {
    const [alone, archived] = [await aGroup(ana), await aGroup(ana)];
    await ana.post(`/api/groups/${archived.id}:archive`).expect(200);
    await aRunningSession(ana, alone);
    const cleo = await api.person('Cleo');
    const invite = await ana.post(`/api/groups/${alone.id}:invite`, { recipient_id: cleo.id }).expect<GroupInvite>(201);
    await isGone(ana);
    const { rowCount } = await api.database.query('SELECT FROM groups WHERE id = ANY ($1)', [[alone.id, archived.id]]);
    expect(rowCount).toBe(0);
    await cleo.post(`/api/invites/${invite.id}:accept`).problem(404, 'not_found');
    expect(await cleo.get('/api/notifications').expect<Notification[]>(200)).toEqual([]);
  });
});
