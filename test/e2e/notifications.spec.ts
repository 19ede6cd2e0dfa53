import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { GroupInvite, Notification } from '../../src/inbox/inbox.dto.js';
import type { Me } from '../../src/profiles/profiles.dto.js';
import { type Api, type Person, startApi } from '../support/api.js';
import { aGroup, joins, people, shiftGroup } from '../support/factories.js';

let api: Api;
let ana: Person;
let ben: Person;

beforeAll(async () => {
  api = await startApi();
  [ana, ben] = await people(api, 'Ana', 'Ben');
});
afterAll(() => api.stop());

const inbox = (person: Person, query = '') => person.get(`/api/notifications${query}`).expect<Notification[]>(200);
const unread = async (person: Person) => (await person.get('/api/me').expect<Me>(200)).unread_notifications;

describe('The system tells', () => {
  /** What somebody found in the inbox since, oldest first. */
  async function toldTo(person: Person, happens: () => Promise<unknown>): Promise<Notification[]> {
    const before = new Set((await inbox(person, '?limit=100')).map(({ id }) => id));
    await happens();
    return (await inbox(person, '?limit=100')).filter(({ id }) => !before.has(id)).reverse();
  }

  it('whoever is invited, in words and in data', async () => {
    const group = await aGroup(ana, { name: 'Deep “work” & <b>more</b>' });
    const [told] = await toldTo(ben, () =>
      ana.post(`/api/groups/${group.id}:invite`, { recipient_id: ben.id }).expect(201),
    );
    expect(told).toMatchObject({
      recipient_id: ben.id,
      kind: 'group_invite',
      status: 'pending',
      data: { event: 'group_invite', actor_id: ana.id, group_name: group.name },
      group: { id: group.id, name: group.name, status: 'active' },
      read_at: null,
    });
    expect(`${told?.title} ${told?.body}`).toContain(group.name);
    expect(told?.body).toContain('Ana');
  });

  it('whoever is added, removed or made owner, and nobody else', async () => {
    const group = await aGroup(ana);
    const members = `/api/groups/${group.id}/members`;
    const forAna = await toldTo(ana, async () => {
      const forBen = await toldTo(ben, async () => {
        await ana.post(members, { user_id: ben.id }).expect(201);
        await ana.delete(`${members}/${ben.id}`).expect(204);
        await ana.post(members, { user_id: ben.id }).expect(201);
        await ana.post(`/api/groups/${group.id}:transfer`, { user_id: ben.id }).expect(200);
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

  it('everybody who comes along into a copy', async () => {
    const group = await aGroup(ana);
    await joins(ana, group, ben);
    const told = await toldTo(ana, () => ben.post(`/api/groups/${group.id}:clone`).expect(201));
    expect(told).toMatchObject([{ kind: 'generic', data: { event: 'member_added', actor_id: ben.id } }]);
    expect(told[0]?.group_id).not.toBe(group.id);
  });

  it('nobody without a name as nobody', async () => {
    const group = await aGroup(ana);
    await ana.patch('/api/me', { display_name: null }).expect(200);
    const [told] = await toldTo(ben, () =>
      ana.post(`/api/groups/${group.id}:invite`, { recipient_id: ben.id }).expect(201),
    );
    expect(told?.body).toMatch(/^Somebody /);
    await ana.patch('/api/me', { display_name: 'Ana' }).expect(200);
  });
});

describe('The group summary', () => {
  it('is there while the recipient is a member or holds a pending invite', async () => {
    const cleo = await api.person('Cleo');
    const group = await aGroup(ana, { name: 'Visible' });
    const invite = await ana.post(`/api/groups/${group.id}:invite`, { recipient_id: cleo.id }).expect<GroupInvite>(201);
    const summary = async () => (await cleo.get(`/api/notifications/${invite.id}`).expect<Notification>(200)).group;
    expect(await summary()).toEqual({ id: group.id, name: 'Visible', status: 'active' });
    await ana.post(`/api/groups/${group.id}/invites/${invite.id}:rescind`).expect(200);
    expect(await summary()).toBeNull();
    await ana.patch(`/api/groups/${group.id}`, { name: 'Renamed' }).expect(200);
    const again = await ana.post(`/api/groups/${group.id}:invite`, { recipient_id: cleo.id }).expect<GroupInvite>(201);
    expect(await summary()).toMatchObject({ name: 'Renamed' });
    await cleo.post(`/api/invites/${again.id}:accept`).expect(200);
    expect(await summary()).toMatchObject({ name: 'Renamed' });
    await cleo.delete(`/api/groups/${group.id}/members/${cleo.id}`).expect(204);
    expect((await inbox(cleo)).map(({ group }) => group)).toEqual([null, null]);
  });

  it('goes with a pending invite when the group has ended, before anybody has written so', async () => {
    const cleo = await api.person('Cleo');
    const group = await aGroup(ana);
    const { id } = await ana.post(`/api/groups/${group.id}:invite`, { recipient_id: cleo.id }).expect<GroupInvite>(201);
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
    const group = await aGroup(ana);
    const { id } = await ana.post(`/api/groups/${group.id}:invite`, { recipient_id: cleo.id }).expect<GroupInvite>(201);
    await ana.post(`/api/groups/${group.id}/members`, { user_id: cleo.id }).expect(201);
    const [generic] = await inbox(cleo);
    const read = (id = '') => cleo.post(`/api/notifications/${id}:read`).expect<Notification>(200);
    const once = await read(generic?.id);
    expect(once).toMatchObject({ status: 'read', read_at: expect.any(String) });
    expect(await read(generic?.id)).toEqual(once);
    expect(await read(id)).toMatchObject({ status: 'accepted', read_at: expect.any(String) });
  });

  it('an invite that is only read is still pending and can be accepted', async () => {
    const cleo = await api.person('Cleo');
    const group = await aGroup(ana);
    const { id } = await ana.post(`/api/groups/${group.id}:invite`, { recipient_id: cleo.id }).expect<GroupInvite>(201);
    const read = await cleo.post(`/api/notifications/${id}:read`).expect<Notification>(200);
    expect(read).toMatchObject({ status: 'pending', read_at: expect.any(String) });
    expect(await unread(cleo)).toBe(0);
    expect(await cleo.post(`/api/invites/${id}:accept`).expect(200)).toMatchObject({
      status: 'accepted',
      read_at: read.read_at,
    });
  });

  it('filters: unread=true, unread=false, or all; and /api/me counts', async () => {
    const cleo = await api.person('Cleo');
    for (let i = 0; i < 3; i++) {
      const group = await aGroup(ana);
      await ana.post(`/api/groups/${group.id}/members`, { user_id: cleo.id }).expect(201);
    }
    const all = await inbox(cleo);
    expect(all).toHaveLength(3);
    await cleo.post(`/api/notifications/${all[1]?.id}:read`).expect(200);
    expect((await inbox(cleo, '?unread=true')).map(({ id }) => id)).toEqual([all[0]?.id, all[2]?.id]);
    expect((await inbox(cleo, '?unread=false')).map(({ id }) => id)).toEqual([all[1]?.id]);
    expect(await unread(cleo)).toBe(2);
    expect(await cleo.post('/api/notifications:read-all').expect(200)).toEqual({ updated: 2 });
    expect(await cleo.post('/api/notifications:read-all').expect(200)).toEqual({ updated: 0 });
    expect(await inbox(cleo, '?unread=true')).toEqual([]);
    expect(await unread(cleo)).toBe(0);
  });

  it('is for the recipient only', async () => {
    const group = await aGroup(ana);
    const { id } = await ana.post(`/api/groups/${group.id}:invite`, { recipient_id: ben.id }).expect<GroupInvite>(201);
    await ana.get(`/api/notifications/${id}`).problem(404, 'not_found');
    await ana.post(`/api/notifications/${id}:read`).problem(404, 'not_found');
    await ana.post('/api/notifications:read-all').expect(200);
    expect(await ben.get(`/api/notifications/${id}`).expect(200)).toMatchObject({ read_at: null });
  });
});
