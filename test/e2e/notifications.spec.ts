import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Person, useApi } from '../support/api.js';
import { createGroup, createInvite, addMembers, people, shiftGroup } from '../support/factories.js';
import { created, done, on, onMember, refused, type Schema, where } from '../support/sdk.js';

const api = useApi();
let ana: Person;
let ben: Person;

beforeAll(async () => {
  [ana, ben] = await people(api, 'Ana', 'Ben');
});

const inbox = (person: Person, query: { unread?: boolean; limit?: number } = {}) =>
  done(person.api.GET('/api/notifications', where(query)));
const unread = async (person: Person) => (await done(person.api.GET('/api/me'))).unread_notifications;

describe('The system notifies', () => {
  /** The notifications created during an action, oldest first. */
  async function toldTo(person: Person, happens: () => Promise<unknown>): Promise<Schema<'Notification'>[]> {
    const before = new Set((await inbox(person, { limit: 100 })).map(({ id }) => id));
    await happens();
    return (await inbox(person, { limit: 100 })).filter(({ id }) => !before.has(id)).reverse();
  }

  it('the invited person, with text and data', async () => {
    const group = await createGroup(ana, { name: 'Deep “work” & <b>more</b>' });
    const [told] = await toldTo(ben, () => createInvite(ana, group, ben));
    expect(told).toMatchObject({
      recipient_id: ben.id,
      kind: 'group_invite',
      status: 'pending',
      data: { event: 'group_invite', actor_id: ana.id, actor_name: 'Ana', group_name: group.name },
      group: { id: group.id, name: group.name, status: 'active' },
      read_at: null,
    });
    expect(`${told?.title} ${told?.body}`).toContain(group.name);
    expect(told?.body).toContain('Ana');
  });

  it('a person who is added, removed or made owner, and nobody else', async () => {
    const group = await createGroup(ana);
    const forAna = await toldTo(ana, async () => {
      const forBen = await toldTo(ben, async () => {
        await created(ana.api.POST('/api/groups/{id}/members', on(group, { user_id: ben.id })));
        await done(ana.api.DELETE('/api/groups/{id}/members/{userId}', onMember(group, ben)));
        await created(ana.api.POST('/api/groups/{id}/members', on(group, { user_id: ben.id })));
        await done(ana.api.POST('/api/groups/{id}:transfer', on(group, { user_id: ben.id })));
      });
      const events = ['member_added', 'member_removed', 'member_added', 'ownership_transferred'];
      expect(forBen.map(({ data }) => data.event)).toEqual(events);
      expect(
        forBen.every(
          ({ kind, status, data }) => kind === 'generic' && status === 'pending' && data.actor_id === ana.id,
        ),
      ).toBe(true);
    });
    expect(forAna).toEqual([]);
  });

  it('every member of a copied group', async () => {
    const group = await createGroup(ana);
    await addMembers(ana, group, ben);
    const told = await toldTo(ana, () => created(ben.api.POST('/api/groups/{id}:clone', on(group))));
    expect(told).toMatchObject([{ kind: 'generic', data: { event: 'member_added', actor_id: ben.id } }]);
    expect(told[0]?.group_id).not.toBe(group.id);
  });

  it('with the names at the time of the event', async () => {
    const group = await createGroup(ana, { name: 'Then' });
    const [told] = await toldTo(ben, () => createInvite(ana, group, ben));
    await done(ana.api.PATCH('/api/groups/{id}', on(group, { name: 'Now' })));
    await done(ana.api.PATCH('/api/me', { body: { display_name: 'Anastasia' } }));
    const later = await done(ben.api.GET('/api/notifications/{id}', on(told!)));
    expect(later.data).toEqual({ event: 'group_invite', actor_id: ana.id, actor_name: 'Ana', group_name: 'Then' });
    expect(later.group?.name).toBe('Now');
    await done(ana.api.PATCH('/api/me', { body: { display_name: 'Ana' } }));
  });

  it('of people without a name with a placeholder', async () => {
    const group = await createGroup(ana);
    await done(ana.api.PATCH('/api/me', { body: { display_name: null } }));
    const [told] = await toldTo(ben, () => createInvite(ana, group, ben));
    expect(told?.body).toMatch(/^Somebody /);
    expect(told?.data.actor_name).toBeNull();
    await done(ana.api.PATCH('/api/me', { body: { display_name: 'Ana' } }));
  });
});

describe('The group summary', () => {
  it('is present while the recipient is a member or has a pending invite', async () => {
    const cleo = await api.person('Cleo');
    const group = await createGroup(ana, { name: 'Visible' });
    const invite = await createInvite(ana, group, cleo);
    const summary = async () => (await done(cleo.api.GET('/api/notifications/{id}', on(invite)))).group;
    expect(await summary()).toEqual({ id: group.id, name: 'Visible', status: 'active' });
    await done(ana.api.POST('/api/groups/{id}/invites/{inviteId}:rescind', on({ id: group.id, inviteId: invite.id })));
    expect(await summary()).toBeNull();
    await done(ana.api.PATCH('/api/groups/{id}', on(group, { name: 'Renamed' })));
    const again = await createInvite(ana, group, cleo);
    expect(await summary()).toMatchObject({ name: 'Renamed' });
    await done(cleo.api.POST('/api/invites/{id}:accept', on(again)));
    expect(await summary()).toMatchObject({ name: 'Renamed' });
    await done(cleo.api.DELETE('/api/groups/{id}/members/{userId}', onMember(group, cleo)));
    expect((await inbox(cleo)).map(({ group }) => group)).toEqual([null, null]);
  });

  it('is absent with a pending invite once the group has ended, before a job writes it', async () => {
    const cleo = await api.person('Cleo');
    const group = await createGroup(ana);
    const { id } = await createInvite(ana, group, cleo);
    await shiftGroup(api, group, { endAt: new Date(Date.now() - 1000).toISOString() });
    const [told] = await inbox(cleo);
    expect(told).toMatchObject({
      id,
      status: 'declined',
      data: { reason: 'expired' },
      group: null,
      group_id: group.id,
    });
  });
});

describe('Reading', () => {
  it('sets read_at once; status becomes read unless it is an invite', async () => {
    const cleo = await api.person('Cleo');
    const group = await createGroup(ana);
    const { id } = await createInvite(ana, group, cleo);
    await created(ana.api.POST('/api/groups/{id}/members', on(group, { user_id: cleo.id })));
    const [generic] = await inbox(cleo);
    const read = (id: string) => done(cleo.api.POST('/api/notifications/{id}:read', on({ id })));
    const once = await read(generic!.id);
    expect(once).toMatchObject({ status: 'read', read_at: expect.any(String) });
    expect(await read(generic!.id)).toEqual(once);
    expect(await read(id)).toMatchObject({ status: 'accepted', read_at: expect.any(String) });
  });

  it('a read invite stays pending and can be accepted', async () => {
    const cleo = await api.person('Cleo');
    const group = await createGroup(ana);
    const { id } = await createInvite(ana, group, cleo);
    const read = await done(cleo.api.POST('/api/notifications/{id}:read', on({ id })));
    expect(read).toMatchObject({ status: 'pending', read_at: expect.any(String) });
    expect(await unread(cleo)).toBe(0);
    expect(await done(cleo.api.POST('/api/invites/{id}:accept', on({ id })))).toMatchObject({
      status: 'accepted',
      read_at: read.read_at,
    });
  });

  it('filters: unread=true, unread=false, or all; and /api/me counts', async () => {
    const cleo = await api.person('Cleo');
    for (let i = 0; i < 3; i++) {
      const group = await createGroup(ana);
      await created(ana.api.POST('/api/groups/{id}/members', on(group, { user_id: cleo.id })));
    }
    const all = await inbox(cleo);
    expect(all).toHaveLength(3);
    await done(cleo.api.POST('/api/notifications/{id}:read', on(all[1]!)));
    expect((await inbox(cleo, { unread: true })).map(({ id }) => id)).toEqual([all[0]?.id, all[2]?.id]);
    expect((await inbox(cleo, { unread: false })).map(({ id }) => id)).toEqual([all[1]?.id]);
    expect(await unread(cleo)).toBe(2);
    expect(await done(cleo.api.POST('/api/notifications:read-all'))).toEqual({ updated: 2 });
    expect(await done(cleo.api.POST('/api/notifications:read-all'))).toEqual({ updated: 0 });
    expect(await inbox(cleo, { unread: true })).toEqual([]);
    expect(await unread(cleo)).toBe(0);
  });

  it('is visible to the recipient only', async () => {
    const group = await createGroup(ana);
    const { id } = await createInvite(ana, group, ben);
    await refused(ana.api.GET('/api/notifications/{id}', on({ id })), 'not_found');
    await refused(ana.api.POST('/api/notifications/{id}:read', on({ id })), 'not_found');
    await done(ana.api.POST('/api/notifications:read-all'));
    expect(await done(ben.api.GET('/api/notifications/{id}', on({ id })))).toMatchObject({ read_at: null });
  });
});
