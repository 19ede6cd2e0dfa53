import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Person, useApi } from '../support/api.js';
import {
  createGroupOfTwo,
  createGroup,
  createInvite,
  createRunningSession,
  createSession,
  addMembers,
  addAdmin,
  people,
} from '../support/factories.js';
import { recordFocusToday, notificationsOf } from '../support/focus.js';
import { created, done, on, refused, type Schema, where } from '../support/sdk.js';
import { hours, advanceTime, zoneAtNoon } from '../support/time.js';

const api = useApi();
let ana: Person;
let ben: Person;
let group: Schema<'GroupDetail'>;

beforeEach(async () => {
  ({ ana, ben, group } = await createGroupOfTwo(api, { name: 'Club', timezone: zoneAtNoon() }));
});

const isGone = (person: Person) => done(person.api.DELETE('/api/me'));
const see = (person: Person) => done(person.api.GET('/api/groups/{id}', on(group)));

describe('Deleting an account', () => {
  const rowsOf = async (id: string): Promise<string[]> => {
    const { rows } = await api.database.query<{ place: string }>(
      `SELECT 'identity' AS place FROM auth_identities WHERE profile_id = $1
       UNION ALL SELECT 'member' FROM group_members WHERE user_id = $1
       UNION ALL SELECT 'participant' FROM session_participants WHERE user_id = $1
       UNION ALL SELECT 'log' FROM time_logs WHERE user_id = $1
       UNION ALL SELECT 'notification' FROM notifications WHERE recipient_id = $1
       UNION ALL SELECT 'target' FROM target_changes WHERE user_id = $1
       UNION ALL SELECT 'milestone' FROM milestones WHERE user_id = $1
       UNION ALL SELECT 'limit' FROM rate_limit_uses WHERE user_id = $1
       UNION ALL SELECT 'key' FROM idempotency_keys WHERE user_id = $1
       UNION ALL SELECT 'profile' FROM profiles WHERE id = $1`,
      [id],
    );
    return [...new Set(rows.map(({ place }) => place))].sort();
  };

  it('deletes everything that belongs to the person', async () => {
    await recordFocusToday(api, ana, group, 61);
    await refused(ana.api.GET('/api/profiles/lookup', where({ email: 'nobody@example.com' })), 'not_found');
    await createRunningSession(ana);
    expect(await rowsOf(ana.id)).toHaveLength(10);
    await isGone(ana);
    expect(await rowsOf(ana.id)).toEqual([]);
    const { members } = await see(ben);
    expect(members.map(({ user_id, role }) => [user_id, role])).toEqual([[ben.id, 'owner']]);
  });

  it('ends the running session, which the other participants keep with their time', async () => {
    const session = await createRunningSession(ana, group);
    const scheduled = await createSession(ana, group);
    await created(ben.api.POST('/api/sessions/{id}/participants', on(session)));
    await advanceTime(api, 90);
    await isGone(ana);
    const left = await done(ben.api.GET('/api/sessions/{id}', on(session)));
    expect(left).toMatchObject({ status: 'ended', creator_id: null });
    expect(left.participants).toMatchObject([{ user_id: ben.id, running: false }]);
    expect(left.participants[0]!.seconds_logged).toBeGreaterThanOrEqual(90);
    expect(await done(ben.api.GET('/api/sessions/{id}', on(scheduled)))).toMatchObject({ status: 'ended' });
    await advanceTime(api, hours(13));
    expect(await done(ben.api.GET('/api/sessions/{id}/logs', on(session)))).toHaveLength(1);
  });

  it('removes the person from other sessions, which continue', async () => {
    const session = await createRunningSession(ben, group);
    await created(ana.api.POST('/api/sessions/{id}/participants', on(session)));
    await isGone(ana);
    expect(await done(ben.api.GET('/api/sessions/{id}', on(session)))).toMatchObject({
      status: 'running',
      participants: [{ user_id: ben.id, running: true }],
    });
  });

  it('keeps the notifications of others and the sent invites, which can still be accepted', async () => {
    const cleo = await api.person('Cleo');
    const invite = await createInvite(ana, group, cleo);
    await isGone(ana);
    const [pending] = await notificationsOf(cleo, 'group_invite');
    expect(pending).toMatchObject({ status: 'pending', group: { id: group.id } });
    expect(await done(ben.api.GET('/api/groups/{id}/invites', on(group)))).toMatchObject([{ id: invite.id }]);
    await done(cleo.api.POST('/api/invites/{id}:accept', on(invite)));
    expect((await see(cleo)).members).toHaveLength(2);
  });

  it('deletes received invites', async () => {
    const cleo = await api.person('Cleo');
    await createInvite(ana, group, cleo);
    await isGone(cleo);
    expect(await done(ana.api.GET('/api/groups/{id}/invites', on(group)))).toEqual([]);
    await refused(ana.api.POST('/api/groups/{id}:invite', on(group, { recipient_id: cleo.id })), 'not_found');
  });
});

describe('A group whose owner’s account is deleted', () => {
  it('passes to the longest-standing admin, who is notified', async () => {
    const [cleo, dora] = await people(api, 'Cleo', 'Dora');
    await addAdmin(ana, group, cleo);
    await addAdmin(ana, group, dora);
    await isGone(ana);
    const { owner_id, members } = await see(ben);
    expect(owner_id).toBe(cleo.id);
    expect(members.map(({ user_id, role }) => [user_id, role])).toEqual([
      [cleo.id, 'owner'],
      [ben.id, 'member'],
      [dora.id, 'admin'],
    ]);
    const told = (await notificationsOf(cleo, 'generic')).at(-1)!;
    expect(told).toMatchObject({ title: 'Club is yours', data: { event: 'ownership_transferred' } });
  });

  it('passes to the longest-standing member if there is no admin, also once archived', async () => {
    const cleo = await api.person('Cleo');
    await addMembers(ana, group, cleo);
    await done(ana.api.POST('/api/groups/{id}:archive', on(group)));
    await isGone(ana);
    expect(await see(cleo)).toMatchObject({ owner_id: ben.id, status: 'archived' });
  });

  it('is deleted if there are no other members', async () => {
    const [alone, archived] = [await createGroup(ana), await createGroup(ana)];
    await done(ana.api.POST('/api/groups/{id}:archive', on(archived)));
    await createRunningSession(ana, alone);
    const cleo = await api.person('Cleo');
    const invite = await createInvite(ana, alone, cleo);
    await isGone(ana);
    const { rowCount } = await api.database.query('SELECT FROM groups WHERE id = ANY ($1)', [[alone.id, archived.id]]);
    expect(rowCount).toBe(0);
    await refused(cleo.api.POST('/api/invites/{id}:accept', on(invite)), 'not_found');
    expect(await done(cleo.api.GET('/api/notifications'))).toEqual([]);
  });
});
