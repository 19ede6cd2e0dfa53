import { beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { type Person, useApi } from '../support/api.js';
import { createGroup, createGroupOfTwo, createInvite, addMembers } from '../support/factories.js';
import { bodyOf } from '../support/request.js';
import { created, done, on, onMember, type Schema } from '../support/sdk.js';

/** Of each person, so that no test sees the names of another. */
let name: string;

const api = useApi();
let ana: Person;
let ben: Person;
let xan: Person;
let group: Schema<'GroupDetail'>;

beforeEach(async () => {
  ({ ana, ben, group } = await createGroupOfTwo(api, { name: 'Club' }));
  name = `Xanthippe-${randomUUID()} "X" \\ of Athens`;
  xan = await api.person(name);
});

const inboxOf = (person: Person) => done(person.api.GET('/api/notifications'));
const goes = (person: Person) => done(person.api.DELETE('/api/me'));
const leave = (person: Person) => person.api.DELETE('/api/groups/{id}/members/{userId}', onMember(group, person));

/** The tables with a row that contains the name, or that mentions the id in a notification. */
async function tablesWithName(): Promise<string[]> {
  const { rows: tables } = await api.database.query<{ table: string }>(
    `SELECT tablename AS "table" FROM pg_tables WHERE schemaname = 'public'`,
  );
  const found: string[] = [];
  for (const { table } of tables) {
    const text = `SELECT count(*)::int AS count FROM ${table} t WHERE t::text LIKE $1 OR ('${table}' = 'notifications' AND t::text LIKE $2)`;
    const { rows } = await api.database.query<{ count: number }>(text, [`%${name.split(' ')[0]}%`, `%${xan.id}%`]);
    if (rows[0]!.count > 0) found.push(table);
  }
  return found;
}

async function expectForgotten(): Promise<void> {
  expect(await tablesWithName()).not.toEqual([]);
  await goes(xan);
  expect(await tablesWithName()).toEqual([]);
}

describe('A deleted name is gone from', () => {
  it('invites, and they can still be accepted', async () => {
    await addMembers(ana, group, xan);
    await done(ana.api.POST('/api/groups/{id}:transfer', on(group, { user_id: xan.id })));
    const cleo = await api.person('Cleo');
    const invite = await createInvite(xan, group, cleo);
    await expectForgotten();
    const [shown] = await inboxOf(cleo);
    expect(shown).toMatchObject({
      title: 'Invitation to Club',
      body: 'Somebody invites you to join Club.',
      data: { event: 'group_invite', actor_id: null, actor_name: null, group_name: 'Club' },
    });
    await done(cleo.api.POST('/api/invites/{id}:accept', on(invite)));
  });

  it.each(['accept', 'decline'] as const)('the answer to an invite: %s', async (answer) => {
    const invite = await createInvite(ana, group, xan);
    await done(xan.api.POST(`/api/invites/{id}:${answer}`, on(invite)));
    await expectForgotten();
    const said = answer === 'accept' ? 'Somebody has joined Club.' : 'Somebody has declined to join Club.';
    expect(await inboxOf(ana)).toContainEqual(expect.objectContaining({ body: said }));
  });

  it('messages about members who were added and removed, and about a new owner', async () => {
    const own = await createGroup(xan, { name: 'Own' });
    await created(xan.api.POST('/api/groups/{id}/members', on(own, { user_id: ana.id })));
    await done(xan.api.DELETE('/api/groups/{id}/members/{userId}', onMember(own, ana)));
    await created(xan.api.POST('/api/groups/{id}/members', on(own, { user_id: ben.id })));
    await expectForgotten();
    const bodies = async (person: Person) => (await inboxOf(person)).map(({ body }) => body);
    expect(await bodies(ana)).toEqual(
      expect.arrayContaining(['Somebody has added you to Own.', 'Somebody has removed you from Own.']),
    );
    expect((await bodies(ben)).slice(0, 2).sort()).toEqual([
      'Somebody has added you to Own.',
      'Somebody has made you the owner of Own.',
    ]);
  });

  it('the responses that are stored for others, which are replayed without it', async () => {
    await done(xan.api.PATCH('/api/me', { body: { avatar_url: null } }));
    const keyed = (path: string, key: string, body?: object) => ana.post(path, body, { 'idempotency-key': key });
    const toInvite = { recipient_id: xan.id };
    const invite = await bodyOf<Schema<'GroupInvite'>>(
      keyed(`/api/groups/${group.id}:invite`, 'invite', toInvite).expect(201),
    );
    await keyed(`/api/groups/${group.id}:invite`, 'the same invite', toInvite).expect(200);
    await done(xan.api.POST('/api/invites/{id}:accept', on(invite)));
    const clone = await bodyOf<Schema<'GroupDetail'>>(keyed(`/api/groups/${group.id}:clone`, 'clone').expect(201));
    await expectForgotten();
    const nobody = { id: xan.id, display_name: null, avatar_url: null };
    const again = await bodyOf<Schema<'GroupInvite'>>(
      keyed(`/api/groups/${group.id}:invite`, 'invite', toInvite).expect(201),
    );
    expect(again).toEqual({ ...invite, recipient: nobody });
    const copy = await bodyOf<Schema<'GroupDetail'>>(keyed(`/api/groups/${group.id}:clone`, 'clone').expect(201));
    expect(copy).toEqual({
      ...clone,
      members: clone.members.map((each) => (each.user_id === xan.id ? { ...each, user: nobody } : each)),
    });
  });

  it('the stored response of another admin who repeated the invite', async () => {
    for (const admin of [ben, xan]) {
      if (admin === xan) await addMembers(ana, group, xan);
      await done(ana.api.PATCH('/api/groups/{id}/members/{userId}', onMember(group, admin, { role: 'admin' })));
    }
    const cleo = await api.person('Cleo');
    const invite = await createInvite(xan, group, cleo);
    const repeat = () =>
      bodyOf<Schema<'GroupInvite'>>(
        ben
          .post(`/api/groups/${group.id}:invite`, { recipient_id: cleo.id }, { 'idempotency-key': 'repeat' })
          .expect(200),
      );
    expect((await repeat()).body).toContain(name);
    await expectForgotten();
    expect(await repeat()).toEqual({
      ...invite,
      body: 'Somebody invites you to join Club.',
      data: { ...invite.data, actor_id: null, actor_name: null },
    });
  });
});

describe('A name does not survive a deletion that runs concurrently with', () => {
  const acts: Record<string, () => Promise<() => Promise<unknown>>> = {
    'an invite': async () => {
      await addMembers(ana, group, xan);
      await done(ana.api.PATCH('/api/groups/{id}/members/{userId}', onMember(group, xan, { role: 'admin' })));
      const cleo = await api.person('Cleo');
      return () => xan.post(`/api/groups/${group.id}:invite`, { recipient_id: cleo.id }, { 'idempotency-key': 'one' });
    },
    'an acceptance': async () => {
      const invite = await createInvite(ana, group, xan);
      return () => xan.api.POST('/api/invites/{id}:accept', on(invite));
    },
    'a refusal': async () => {
      const invite = await createInvite(ana, group, xan);
      return () => xan.api.POST('/api/invites/{id}:decline', on(invite));
    },
    'an invite of the person': () =>
      Promise.resolve(() =>
        ana.post(`/api/groups/${group.id}:invite`, { recipient_id: xan.id }, { 'idempotency-key': 'two' }),
      ),
    'a repetition of the invite by another admin, after the person has left': async () => {
      await done(ana.api.PATCH('/api/groups/{id}/members/{userId}', onMember(group, ben, { role: 'admin' })));
      await addMembers(ana, group, xan);
      await done(ana.api.PATCH('/api/groups/{id}/members/{userId}', onMember(group, xan, { role: 'admin' })));
      const cleo = await api.person('Cleo');
      await createInvite(xan, group, cleo);
      await done(leave(xan));
      return () => ben.post(`/api/groups/${group.id}:invite`, { recipient_id: cleo.id }, { 'idempotency-key': 'four' });
    },
    'a clone with the person in it': async () => {
      await addMembers(ana, group, xan);
      return () => ana.post(`/api/groups/${group.id}:clone`, undefined, { 'idempotency-key': 'three' });
    },
    'a departure': async () => {
      await addMembers(ana, group, xan);
      return () => leave(xan);
    },
  };

  it.each(Object.keys(acts).flatMap((name) => [1, 2, 3].map((round) => [name, round] as const)))(
    '%s (%s)',
    async (what) => {
      const act = await acts[what]!();
      await Promise.all([act(), goes(xan)]);
      expect(await tablesWithName()).toEqual([]);
    },
  );
});
