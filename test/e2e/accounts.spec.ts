import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as after } from 'node:timers/promises';
import type { GroupDetail } from '../../src/groups/groups.dto.js';
import type { GroupInvite, Notification } from '../../src/inbox/inbox.dto.js';
import type { SessionDetail } from '../../src/sessions/sessions.dto.js';
import { type Api, type Person, personWith, startApi } from '../support/api.js';
import { aGroup, agoSeconds, aRunningSession, aSession, joins, joinsAsAdmin, people } from '../support/factories.js';
import { focusesToday, toldOf } from '../support/focus.js';
import { startSecond, type Second } from '../support/second.js';
import { hours, later, zoneAtNoon } from '../support/time.js';

let api: Api;
let other: Second;
let ana: Person;
let ben: Person;
let group: GroupDetail;

beforeAll(async () => {
  api = await startApi();
  other = await startSecond(api);
});
afterAll(async () => {
  await other.stop();
  await api.stop();
});

beforeEach(async () => {
  [ana, ben] = await people(api, 'Ana', 'Ben');
  group = await aGroup(ana, { name: 'Club', timezone: zoneAtNoon() });
  await joins(ana, group, ben);
});

const isGone = (person: Person) => person.delete('/api/me').expect(204);
const refused = (person: Person) => person.get('/api/me').problem(401, 'account_deleted');
const see = (person: Person, path: string) => person.get(path).expect<GroupDetail>(200);

/** Somebody known by a `sub`, with tokens of any age. */
async function holder(sub: string, ageSeconds = 0, wishes: Record<string, unknown> = {}): Promise<Person> {
  const moment = Math.floor(Date.now() / 1000) - ageSeconds;
  const token = await api.issuer.token({ sub, auth_time: moment, iat: moment, ...wishes });
  return personWith(api.url, { id: '', name: '', token });
}

const idOf = async (person: Person) => (await person.get('/api/me').expect<{ id: string }>(200)).id;
const nextSecond = () => after(1000 - (Date.now() % 1000) + 5);

describe('The tokens of a deleted account', () => {
  it('are refused at once by every process, for whatever they ask', async () => {
    const session = await aRunningSession(ana, group);
    const there = other.as(ana);
    await there.get('/api/me').expect(200);
    await isGone(ana);
    const asked = [
      ['GET', '/api/me'],
      ['GET', '/api/me/export'],
      ['PATCH', '/api/me', { display_name: 'A' }],
      ['GET', '/api/groups'],
      ['POST', `/api/groups/${group.id}:clone`],
      ['GET', `/api/groups/${group.id}/progress/current`],
      ['GET', `/api/sessions/${session.id}`],
      ['POST', `/api/sessions/${session.id}:stop`],
      ['POST', '/api/sessions', {}],
      ['GET', '/api/notifications'],
      ['POST', '/api/notifications:read-all'],
      ['DELETE', '/api/me'],
    ] as const;
    for (const [method, path, body] of asked) {
      for (const person of [ana, there]) await person.send({ method, path, body }).problem(401, 'account_deleted');
    }
  });

  it('are refused also where nobody has seen them before', async () => {
    const sub = randomUUID();
    const [known, unseen, access] = [
      await holder(sub),
      await holder(sub, 60, { jti: 'unseen' }),
      await holder(sub, 0, { token_use: 'access' }),
    ];
    await known.get('/api/me').expect(200);
    await isGone(known);
    for (const person of [known, unseen, access]) {
      await refused(person);
      await refused(other.as(person));
    }
  });

  it('are refused by the moment of the sign-in, not of their renewal; a later sign-in starts anew', async () => {
    const sub = randomUUID();
    const first = await holder(sub, 100, { email: `${sub}@example.com` });
    const before = await idOf(first);
    await first.patch('/api/me', { display_name: 'First' }).expect(200);
    await isGone(first);
    await nextSecond();
    const now = Math.floor(Date.now() / 1000);
    await refused(await holder(sub, 100, { iat: now }));
    await refused(await holder(sub, 100, { auth_time: undefined }));
    await refused(await holder(sub, 0, { auth_time: undefined, iat: undefined }));

    const again = await holder(sub, 0, { email: `${sub}@example.com` });
    const me = await again.get('/api/me').expect<{ id: string; memberships: unknown[] }>(200);
    expect(me).toMatchObject({
      display_name: null,
      memberships: [],
      unread_notifications: 0,
      email: `${sub}@example.com`,
    });
    expect(me.id).not.toBe(before);
    expect(await idOf(other.as(again))).toBe(me.id);
    await refused(first);
    await isGone(again);
    await refused(again);
  });

  it('are re-checked while the listening connection is away, and it comes back by itself', async () => {
    const cut = () =>
      api.database.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lockin listener' AND datname = current_database()",
      );
    const listeners = async () =>
      (
        await api.database.query(
          "SELECT FROM pg_stat_activity WHERE application_name = 'lockin listener' AND datname = current_database() AND query LIKE 'LISTEN%'",
        )
      ).rowCount;
    const there = other.as(ana);
    await there.get('/api/me').expect(200);
    await cut();
    await ana.get('/api/me').expect(200);
    await isGone(ana);
    for (let i = 0; i < 5; i++) await refused(there);

    await there.get('/api/me').problem(401, 'account_deleted');
    for (let i = 0; i < 100 && (await listeners()) !== 2; i++) await after(50);
    expect(await listeners()).toBe(2);
    await other.as(ben).get('/api/me').expect(200);
    await isGone(ben);
    await after(100);
    await refused(other.as(ben));
  });
});

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

describe('A deletion that races with', () => {
  /** Runs both at once through both processes and returns the statuses; a 5xx would be a fault. */
  async function both(one: Promise<{ status: number }>, two: Promise<{ status: number }>): Promise<number[]> {
    const statuses = (await Promise.all([one, two])).map(({ status }) => status);
    for (const status of statuses) expect(status).toBeLessThan(500);
    return statuses;
  }
  const sound = async () => {
    const { rows } = await api.database.query(
      `SELECT g.id FROM groups g WHERE NOT EXISTS (
         SELECT FROM group_members m WHERE m.group_id = g.id AND m.user_id = g.owner_id AND m.role = 'owner')
       UNION ALL SELECT s.id FROM sessions s WHERE s.status = 'running' AND s.creator_id IS NULL
       UNION ALL SELECT l.id FROM time_logs l JOIN session_participants p ON p.id = l.participant_id
                   JOIN sessions s ON s.id = p.session_id WHERE l.ended_at IS NULL AND s.status <> 'running'`,
    );
    expect(rows).toEqual([]);
  };
  const ROUNDS = [1, 2, 3, 4];

  it.each(ROUNDS)('a second one succeeds once (%s)', async () => {
    const statuses = await both(ana.delete('/api/me').answer, other.as(ana).delete('/api/me').answer);
    expect(statuses.sort()).toEqual([204, 401]);
    await sound();
  });

  it.each(ROUNDS)('the acceptance of an invite leaves no trace (%s)', async () => {
    const cleo = await api.person('Cleo');
    const { id } = await ana.post(`/api/groups/${group.id}:invite`, { recipient_id: cleo.id }).expect<GroupInvite>(201);
    await both(other.as(cleo).post(`/api/invites/${id}:accept`).answer, cleo.delete('/api/me').answer);
    expect((await see(ana, `/api/groups/${group.id}`)).members).toHaveLength(2);
    await refused(cleo);
    await sound();
  });

  it.each(ROUNDS)('a transfer to who is deleted, or by who is deleted, leaves one owner (%s)', async (round) => {
    const gone = round % 2 ? ana : ben;
    const stays = round % 2 ? ben : ana;
    await both(
      other.as(ana).post(`/api/groups/${group.id}:transfer`, { user_id: ben.id }).answer,
      gone.delete('/api/me').answer,
    );
    expect(await see(stays, `/api/groups/${group.id}`)).toMatchObject({
      owner_id: stays.id,
      members: [{ user_id: stays.id, role: 'owner' }],
    });
    await sound();
  });

  it.each(ROUNDS)('a start and a new session leaves none running (%s)', async () => {
    const session = await aSession(ana, group);
    await Promise.all([
      both(other.as(ana).post(`/api/sessions/${session.id}:start`).answer, ana.delete('/api/me').answer),
      other.as(ana).post('/api/sessions', { group_id: group.id }).answer,
      other.as(ana).post('/api/groups', {
        name: 'G',
        end_at: agoSeconds(-999),
        timezone: 'UTC',
        period: 'daily',
        period_target_minutes: 1,
      }).answer,
    ]);
    expect(await ben.get(`/api/sessions/${session.id}`).expect(200)).toMatchObject({ status: 'ended' });
    await sound();
  });

  it.each(ROUNDS)('that of everybody else leaves no group behind (%s)', async () => {
    expect(await both(ana.delete('/api/me').answer, other.as(ben).delete('/api/me').answer)).toEqual([204, 204]);
    const { rowCount } = await api.database.query('SELECT FROM groups WHERE id = $1', [group.id]);
    expect(rowCount).toBe(0);
  });
});
