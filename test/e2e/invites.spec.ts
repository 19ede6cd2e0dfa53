import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Person, useApi } from '../support/api.js';
import { createGroup, createSession, addMembers, addAdmin, nobody, people, shiftGroup } from '../support/factories.js';
import { created, done, on, onMember, outcome, outcomes, refused, type Schema, where } from '../support/sdk.js';
import { advanceTime, minutes } from '../support/time.js';

const api = useApi();
let ana: Person;
let ben: Person;
let cleo: Person;
let group: Schema<'GroupDetail'>;

beforeAll(async () => {
  [ana, ben, cleo] = await people(api, 'Ana', 'Ben', 'Cleo');
});

/** Ana owns the group, Cleo is an admin, Ben is no member. */
beforeEach(async () => {
  await api.database.query('TRUNCATE rate_limit_uses');
  group = await createGroup(ana);
  await addAdmin(ana, group, cleo);
});

const invites = (by: Person, recipient = ben) =>
  by.api.POST('/api/groups/{id}:invite', on(group, { recipient_id: recipient.id }));
const invited = async () => (await created(invites(ana))).id;
const rescind = (by: Person, id: string) =>
  by.api.POST('/api/groups/{id}/invites/{inviteId}:rescind', on({ id: group.id, inviteId: id }));
const accept = (id: string, by = ben) => by.api.POST('/api/invites/{id}:accept', on({ id }));
const decline = (id: string, by = ben) => by.api.POST('/api/invites/{id}:decline', on({ id }));
const inboxOf = (person: Person, id: string) => done(person.api.GET('/api/notifications/{id}', on({ id })));
const isMember = async (person: Person) => (await outcome(person.api.GET('/api/groups/{id}', on(group)))) === '200';
const openInvites = () => done(ana.api.GET('/api/groups/{id}/invites', on(group)));

describe('An invite', () => {
  it('can be sent by the owner and admins, and is shown to senders and recipient', async () => {
    const { data, response } = await invites(cleo);
    const invite = data!;
    expect(response.headers.get('location')).toBe(`/api/groups/${group.id}/invites/${invite.id}`);
    expect(invite).toMatchObject({
      kind: 'group_invite',
      status: 'pending',
      data: { actor_id: cleo.id },
      recipient: { display_name: 'Ben' },
    });
    expect(await openInvites()).toEqual([invite]);
    expect(await inboxOf(ben, invite.id)).toMatchObject({
      kind: 'group_invite',
      status: 'pending',
      group_id: group.id,
    });
    await refused(ben.api.GET('/api/groups/{id}/invites', on(group)), 'not_found');
    await refused(ana.api.GET('/api/notifications/{id}', on(invite)), 'not_found');
  });

  it('is unique per group and person: repeating it returns the pending one', async () => {
    const invite = await created(invites(ana));
    const { data, response } = await invites(cleo);
    expect([response.status, response.headers.get('location')]).toEqual([200, null]);
    expect(data).toEqual(invite);
  });

  it('cannot be sent to members, oneself or an unknown person', async () => {
    await refused(invites(ana, cleo), 'already_member');
    await refused(invites(ana, ana), 'already_member');
    await refused(ana.api.POST('/api/groups/{id}:invite', on(group, { recipient_id: nobody() })), 'not_found');
    await addMembers(ana, group, ben);
    await refused(invites(ben, await api.person('Dora')), 'forbidden');
    await refused(ben.api.GET('/api/groups/{id}/invites', on(group)), 'forbidden');
  });

  it('is a 404 for anybody else, like the id of another notification', async () => {
    const id = await invited();
    await refused(accept(id, cleo), 'not_found');
    await refused(decline(id, ana), 'not_found');
    await created(ana.api.POST('/api/groups/{id}/members', on(group, { user_id: ben.id })));
    const [added] = await done(ben.api.GET('/api/notifications', where({ limit: 1 })));
    expect(added?.kind).toBe('generic');
    await refused(accept(added?.id ?? ''), 'not_found');
    await refused(rescind(ana, added?.id ?? ''), 'not_found');
    const other = await createGroup(ana);
    await refused(
      ana.api.POST('/api/groups/{id}/invites/{inviteId}:rescind', on({ id: other.id, inviteId: id })),
      'not_found',
    );
  });

  it('notifies its sender when it is answered', async () => {
    await done(decline(await invited()));
    await done(accept((await created(invites(cleo))).id));
    const latest = async (person: Person) => (await done(person.api.GET('/api/notifications', where({ limit: 1 }))))[0];
    expect(await latest(ana)).toMatchObject({ kind: 'generic', data: { event: 'invite_declined', actor_id: ben.id } });
    expect(await latest(cleo)).toMatchObject({ kind: 'generic', data: { event: 'invite_accepted', actor_id: ben.id } });
  });
});

describe('The states of an invite', () => {
  const into = {
    pending: () => Promise.resolve(),
    accepted: (id: string) => done(accept(id)),
    declined: (id: string) => done(decline(id)),
    rescinded: (id: string) => done(rescind(cleo, id)),
    'expired by archiving': () => done(ana.api.POST('/api/groups/{id}:archive', on(group))),
    'expired by the clock': () => shiftGroup(api, group, { endAt: new Date(Date.now() - 1000).toISOString() }),
  };
  const verbs = {
    accept: (id: string) => accept(id),
    decline: (id: string) => decline(id),
    rescind: (id: string) => rescind(ana, id),
  };

  it.each<[keyof typeof into, keyof typeof verbs, string, string, string?]>([
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
    expect(await outcome(verbs[verb](id))).toBe(answer);
    const invite = await inboxOf(ben, id);
    expect(invite.status).toBe(then);
    expect(invite.data.reason).toBe(reason);
    expect(await isMember(ben)).toBe(then === 'accepted');
    expect(await openInvites()).toEqual([]);
  });

  it('repeating the first answer never touches membership, not even after leaving', async () => {
    const id = await invited();
    const accepted = await done(accept(id));
    await done(ben.api.DELETE('/api/groups/{id}/members/{userId}', onMember(group, ben)));
    expect(await done(accept(id))).toMatchObject({ id, status: accepted.status, read_at: accepted.read_at });
    expect(await isMember(ben)).toBe(false);
  });

  it('a person who declined, left or was removed can be invited again', async () => {
    await done(decline(await invited()));
    await done(accept(await invited()));
    await done(ben.api.DELETE('/api/groups/{id}/members/{userId}', onMember(group, ben)));
    await done(accept(await invited()));
    await done(ana.api.DELETE('/api/groups/{id}/members/{userId}', onMember(group, ben)));
    await done(rescind(cleo, await invited()));
    const id = await invited();
    expect((await openInvites()).map((open) => open.id)).toEqual([id]);
  });

  it('an archived group accepts no invites and lists no pending ones', async () => {
    await invited();
    await done(ana.api.POST('/api/groups/{id}:archive', on(group)));
    await refused(invites(ana), 'group_archived');
    expect(await openInvites()).toEqual([]);
  });
});

describe('Concurrent answers', () => {
  it('ten acceptances add the member once and notify the inviter once', async () => {
    const id = await invited();
    const before = await done(ana.api.GET('/api/notifications'));
    expect(await outcomes(Array.from({ length: 10 }, () => accept(id)))).toEqual({ 200: 10 });
    const after = await done(ana.api.GET('/api/notifications'));
    expect(after.filter(({ id }) => !before.some((old) => old.id === id))).toHaveLength(1);
    const { members } = await done(ana.api.GET('/api/groups/{id}', on(group)));
    expect(members.filter(({ user_id }) => user_id === ben.id)).toHaveLength(1);
  });

  it('of accept and decline exactly one counts', async () => {
    for (let round = 0; round < 5; round++) {
      const id = await invited();
      const statuses = await outcomes([accept(id), decline(id)]);
      expect(statuses).toEqual({ 200: 1, '409 invite_answered': 1 });
      const joined = await isMember(ben);
      expect((await inboxOf(ben, id)).status).toBe(joined ? 'accepted' : 'declined');
      if (joined) await done(ben.api.DELETE('/api/groups/{id}/members/{userId}', onMember(group, ben)));
    }
  });

  it('of accept and rescind exactly one counts', async () => {
    for (let round = 0; round < 5; round++) {
      const id = await invited();
      expect(await outcomes([accept(id), rescind(cleo, id)])).toEqual({ 200: 1, '409 invite_closed': 1 });
      const joined = await isMember(ben);
      expect((await inboxOf(ben, id)).status).toBe(joined ? 'accepted' : 'declined');
      if (joined) await done(ben.api.DELETE('/api/groups/{id}/members/{userId}', onMember(group, ben)));
    }
  });

  it('two admins who invite the same person at once leave one pending invite', async () => {
    const statuses = await outcomes([ana, cleo, ana, cleo].map((by) => invites(by)));
    expect(statuses).toEqual({ 200: 3, 201: 1 });
    expect(await openInvites()).toHaveLength(1);
    const inbox = await done(ben.api.GET('/api/notifications', where({ limit: 100 })));
    expect(inbox.filter(({ kind, group_id }) => kind === 'group_invite' && group_id === group.id)).toHaveLength(1);
  });

  it('adding a person who accepts at the same time adds them once', async () => {
    const id = await invited();
    const statuses = await outcomes([
      accept(id),
      cleo.api.POST('/api/groups/{id}/members', on(group, { user_id: ben.id })),
    ]);
    expect([
      { 200: 1, 201: 1 },
      { 200: 1, '409 already_member': 1 },
    ]).toContainEqual(statuses);
    expect((await inboxOf(ben, id)).status).toBe('accepted');
    expect(await isMember(ben)).toBe(true);
  });

  it('accepting during archiving either adds the member or gets invite_closed', async () => {
    const id = await invited();
    const statuses = await outcomes([accept(id), ana.api.POST('/api/groups/{id}:archive', on(group))]);
    expect([{ 200: 2 }, { 200: 1, '409 invite_closed': 1 }, { 200: 1, '409 group_archived': 1 }]).toContainEqual(
      statuses,
    );
    expect((await inboxOf(ben, id)).status).toBe((await isMember(ben)) ? 'accepted' : 'declined');
  });
});

it('a new member sees the sessions of the time before', async () => {
  const id = await invited();
  const session = await createSession(ana, group);
  await advanceTime(api, minutes(30));
  await done(accept(id));
  expect(await done(ben.api.GET('/api/sessions/{id}', on(session)))).toMatchObject({ status: 'scheduled' });
});
