import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { GroupDetail } from '../../src/groups/groups.dto.js';
import type { GroupInvite, Notification } from '../../src/inbox/inbox.dto.js';
import { type Api, type Person, startApi } from '../support/api.js';
import { aGroup, aSession, joins, joinsAsAdmin, nobody, people, shiftGroup } from '../support/factories.js';
import { later, minutes } from '../support/time.js';

let api: Api;
let ana: Person;
let ben: Person;
let cleo: Person;
let group: GroupDetail;

beforeAll(async () => {
  api = await startApi();
  [ana, ben, cleo] = await people(api, 'Ana', 'Ben', 'Cleo');
});
afterAll(() => api.stop());

/** Ana owns the group, Cleo is an admin, Ben is to be invited. */
beforeEach(async () => {
  await api.database.query('TRUNCATE limited_actions');
  group = await aGroup(ana);
  await joinsAsAdmin(ana, group, cleo);
});

const invites = (by: Person, recipient = ben) =>
  by.post(`/api/groups/${group.id}:invite`, { recipient_id: recipient.id });
const invited = async () => (await invites(ana).expect<GroupInvite>(201)).id;
const rescind = (by: Person, id: string) => by.post(`/api/groups/${group.id}/invites/${id}:rescind`);
const accept = (id: string, by = ben) => by.post(`/api/invites/${id}:accept`);
const decline = (id: string, by = ben) => by.post(`/api/invites/${id}:decline`);
const inboxOf = (person: Person, id: string) => person.get(`/api/notifications/${id}`).expect<Notification>(200);
const isMember = async (person: Person) => (await person.get(`/api/groups/${group.id}`).answer).status === 200;
const openInvites = () => ana.get(`/api/groups/${group.id}/invites`).expect<GroupInvite[]>(200);

/** How many of the answers had which status and code. */
async function outcomes(answers: Promise<{ status: number; body: unknown }>[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { status, body } of await Promise.all(answers)) {
    const said = status < 400 ? `${status}` : `${status} ${(body as { code: string }).code}`;
    counts[said] = (counts[said] ?? 0) + 1;
  }
  return counts;
}

describe('An invite', () => {
  it('is for the owner and admins to send, is found by its sender and by its recipient', async () => {
    const { headers, body } = await invites(cleo).answer;
    const invite = body as GroupInvite;
    expect(headers.get('location')).toBe(`/api/groups/${group.id}/invites/${invite.id}`);
    expect(invite).toMatchObject({ status: 'pending', invited_by: cleo.id, recipient: { display_name: 'Ben' } });
    expect(await openInvites()).toEqual([invite]);
    expect(await inboxOf(ben, invite.id)).toMatchObject({
      kind: 'group_invite',
      status: 'pending',
      group_id: group.id,
    });
    await ben.get(`/api/groups/${group.id}/invites`).problem(404, 'not_found');
    await ana.get(`/api/notifications/${invite.id}`).problem(404, 'not_found');
  });

  it('is one a group and person: repeating it returns the pending one', async () => {
    const invite = await invites(ana).expect<GroupInvite>(201);
    const { status, headers, body } = await invites(cleo).answer;
    expect({ status, location: headers.get('location') }).toEqual({ status: 200, location: null });
    expect(body).toEqual(invite);
  });

  it('is not for members, oneself or somebody unknown', async () => {
    await invites(ana, cleo).problem(409, 'already_member');
    await invites(ana, ana).problem(409, 'already_member');
    await ana.post(`/api/groups/${group.id}:invite`, { recipient_id: nobody() }).problem(404, 'not_found');
    await joins(ana, group, ben);
    await invites(ben, await api.person('Dora')).problem(403, 'forbidden');
    await ben.get(`/api/groups/${group.id}/invites`).problem(403, 'forbidden');
  });

  it('is found as nothing by anybody else, and a notification that is none is no invite', async () => {
    const id = await invited();
    await accept(id, cleo).problem(404, 'not_found');
    await decline(id, ana).problem(404, 'not_found');
    await ana.post(`/api/groups/${group.id}/members`, { user_id: ben.id }).expect(201);
    const [added] = await ben.get('/api/notifications?limit=1').expect<Notification[]>(200);
    expect(added?.kind).toBe('generic');
    await accept(added?.id ?? '').problem(404, 'not_found');
    await rescind(ana, added?.id ?? '').problem(404, 'not_found');
    const other = await aGroup(ana);
    await ana.post(`/api/groups/${other.id}/invites/${id}:rescind`).problem(404, 'not_found');
  });

  it('is told to its sender when it is answered', async () => {
    await decline(await invited()).expect(200);
    await accept((await invites(cleo).expect<GroupInvite>(201)).id).expect(200);
    const latest = async (person: Person) =>
      (await person.get('/api/notifications?limit=1').expect<Notification[]>(200))[0];
    expect(await latest(ana)).toMatchObject({ kind: 'generic', data: { event: 'invite_declined', actor_id: ben.id } });
    expect(await latest(cleo)).toMatchObject({ kind: 'generic', data: { event: 'invite_accepted', actor_id: ben.id } });
  });
});

describe('The states of an invite', () => {
  const into = {
    pending: () => Promise.resolve(),
    accepted: (id: string) => accept(id).expect(200),
    declined: (id: string) => decline(id).expect(200),
    rescinded: (id: string) => rescind(cleo, id).expect(200),
    'expired by archiving': () => ana.post(`/api/groups/${group.id}:archive`).expect(200),
    'expired by the clock': () => shiftGroup(api, group, { endAt: new Date(Date.now() - 1000).toISOString() }),
  };
  const done = {
    accept: (id: string) => accept(id),
    decline: (id: string) => decline(id),
    rescind: (id: string) => rescind(ana, id),
  };

  it.each<[keyof typeof into, keyof typeof done, string, string, string?]>([
    ['pending', 'accept', '200', 'accepted', undefined],
    ['pending', 'decline', '200', 'declined', undefined],
    ['pending', 'rescind', '200', 'declined', 'rescinded'],
    ['accepted', 'accept', '200', 'accepted', undefined],
    ['accepted', 'decline', '409 invite_answered', 'accepted', undefined],
    ['accepted', 'rescind', '409 invite_closed', 'accepted', undefined],
    ['declined', 'accept', '409 invite_answered', 'declined', undefined],
    ['declined', 'decline', '200', 'declined', undefined],
    ['declined', 'rescind', '409 invite_closed', 'declined', undefined],
    ['rescinded', 'accept', '409 invite_closed', 'declined', 'rescinded'],
    ['rescinded', 'decline', '409 invite_closed', 'declined', 'rescinded'],
    ['rescinded', 'rescind', '200', 'declined', 'rescinded'],
    ['expired by archiving', 'accept', '409 invite_closed', 'declined', 'expired'],
    ['expired by archiving', 'decline', '409 invite_closed', 'declined', 'expired'],
    ['expired by archiving', 'rescind', '409 invite_closed', 'declined', 'expired'],
    ['expired by the clock', 'accept', '409 invite_closed', 'declined', 'expired'],
    ['expired by the clock', 'decline', '409 invite_closed', 'declined', 'expired'],
    ['expired by the clock', 'rescind', '409 invite_closed', 'declined', 'expired'],
  ])('%s: to %s it is %s', async (state, verb, answer, then, reason) => {
    const id = await invited();
    await into[state](id);
    const { status, body } = await done[verb](id).answer;
    expect(status === 200 ? '200' : `${status} ${(body as { code: string }).code}`).toBe(answer);
    const invite = await inboxOf(ben, id);
    expect(invite.status).toBe(then);
    expect(invite.data.reason).toBe(reason);
    expect(await isMember(ben)).toBe(then === 'accepted');
    expect(await openInvites()).toEqual([]);
  });

  it('repeating the first answer never touches membership, not even after leaving', async () => {
    const id = await invited();
    const accepted = await accept(id).expect<Notification>(200);
    await ben.delete(`/api/groups/${group.id}/members/${ben.id}`).expect(204);
    expect(await accept(id).expect(200)).toMatchObject({ id, status: accepted.status, read_at: accepted.read_at });
    expect(await isMember(ben)).toBe(false);
  });

  it('somebody who declined, left or was removed can be invited anew', async () => {
    await decline(await invited()).expect(200);
    await accept(await invited()).expect(200);
    await ben.delete(`/api/groups/${group.id}/members/${ben.id}`).expect(204);
    await accept(await invited()).expect(200);
    await ana.delete(`/api/groups/${group.id}/members/${ben.id}`).expect(204);
    await rescind(cleo, await invited()).expect(200);
    const id = await invited();
    expect((await openInvites()).map((open) => open.id)).toEqual([id]);
  });

  it('in an archived group none can be sent, and its pending ones are no longer listed', async () => {
    await invited();
    await ana.post(`/api/groups/${group.id}:archive`).expect(200);
    await invites(ana).problem(409, 'group_archived');
    expect(await openInvites()).toEqual([]);
  });
});

describe('Answers at once', () => {
  it('ten accepts join once and tell the inviter once', async () => {
    const id = await invited();
    const before = await ana.get('/api/notifications').expect<Notification[]>(200);
    expect(await outcomes(Array.from({ length: 10 }, () => accept(id).answer))).toEqual({ 200: 10 });
    const after = await ana.get('/api/notifications').expect<Notification[]>(200);
    expect(after.filter(({ id }) => !before.some((old) => old.id === id))).toHaveLength(1);
    const { members } = await ana.get(`/api/groups/${group.id}`).expect<GroupDetail>(200);
    expect(members.filter(({ user_id }) => user_id === ben.id)).toHaveLength(1);
  });

  it('of accept and decline exactly one counts', async () => {
    for (let round = 0; round < 5; round++) {
      const id = await invited();
      const said = await outcomes([accept(id).answer, decline(id).answer]);
      expect(said).toEqual({ 200: 1, '409 invite_answered': 1 });
      const joined = await isMember(ben);
      expect((await inboxOf(ben, id)).status).toBe(joined ? 'accepted' : 'declined');
      if (joined) await ben.delete(`/api/groups/${group.id}/members/${ben.id}`).expect(204);
    }
  });

  it('of accept and rescind exactly one counts', async () => {
    for (let round = 0; round < 5; round++) {
      const id = await invited();
      expect(await outcomes([accept(id).answer, rescind(cleo, id).answer])).toEqual({ 200: 1, '409 invite_closed': 1 });
      const joined = await isMember(ben);
      expect((await inboxOf(ben, id)).status).toBe(joined ? 'accepted' : 'declined');
      if (joined) await ben.delete(`/api/groups/${group.id}/members/${ben.id}`).expect(204);
    }
  });

  it('two admins who invite the same person at once leave one pending invite', async () => {
    const said = await outcomes([ana, cleo, ana, cleo].map((by) => invites(by).answer));
    expect(said).toEqual({ 200: 3, 201: 1 });
    expect(await openInvites()).toHaveLength(1);
    const inbox = await ben.get('/api/notifications?limit=100').expect<Notification[]>(200);
    expect(inbox.filter(({ kind, group_id }) => kind === 'group_invite' && group_id === group.id)).toHaveLength(1);
  });

  it('adding somebody beside their accepting joins them once', async () => {
    const id = await invited();
    const said = await outcomes([
      accept(id).answer,
      cleo.post(`/api/groups/${group.id}/members`, { user_id: ben.id }).answer,
    ]);
    expect([
      { 200: 1, 201: 1 },
      { 200: 1, '409 already_member': 1 },
    ]).toContainEqual(said);
    expect((await inboxOf(ben, id)).status).toBe('accepted');
    expect(await isMember(ben)).toBe(true);
  });

  it('accepting beside archiving either joins or finds the invite closed', async () => {
    const id = await invited();
    const said = await outcomes([accept(id).answer, ana.post(`/api/groups/${group.id}:archive`).answer]);
    expect([{ 200: 2 }, { 200: 1, '409 invite_closed': 1 }, { 200: 1, '409 group_archived': 1 }]).toContainEqual(said);
    expect((await inboxOf(ben, id)).status).toBe((await isMember(ben)) ? 'accepted' : 'declined');
  });
});

it('whoever accepts late finds the sessions that went on meanwhile', async () => {
  const id = await invited();
  const session = await aSession(ana, group);
  await later(api, minutes(30));
  await accept(id).expect(200);
  expect(await ben.get(`/api/sessions/${session.id}`).expect(200)).toMatchObject({ status: 'scheduled' });
});
