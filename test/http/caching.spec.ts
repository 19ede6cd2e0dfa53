import { beforeAll, describe, it } from '@jest/globals';
import { type Person, useApi } from '../support/api.js';
import { createGroup, createSession } from '../support/factories.js';

const api = useApi();
let ana: Person;
let group: { id: string };
let session: { id: string };

beforeAll(async () => {
  ana = await api.person('Ana');
  group = await createGroup(ana);
  session = await createSession(ana, group);
});

describe('A response about people', () => {
  it.each([
    ['the own profile', () => '/api/me'],
    ['the own data', () => '/api/me/export'],
    ['the own time', () => '/api/me/focus?timezone=UTC'],
    ['groups', () => '/api/groups'],
    ['a group', () => `/api/groups/${group.id}`],
    ['members', () => `/api/groups/${group.id}/members`],
    ['history', () => `/api/groups/${group.id}/progress/history`],
    ['sessions', () => '/api/sessions'],
    ['a session', () => `/api/sessions/${session.id}`],
    ['notifications', () => '/api/notifications'],
  ])('must be revalidated by every cache, and is kept by no shared one: %s', async (_, path) => {
    await ana.get(path()).expect(200).expect('cache-control', 'private, no-cache');
  });

  it('may also be a problem', async () => {
    await api.anonymous({ method: 'GET', path: '/api/me' }).expect(401).expect('cache-control', 'private, no-cache');
    await ana.get('/api/profiles/lookup?email=nobody@example.com').expect('cache-control', 'private, no-cache');
  });
});
