import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as after } from 'node:timers/promises';
import { Listener } from '../../src/database/listener.js';
import { type Person, personWith, useApi } from '../support/api.js';
import { problem } from '../support/request.js';
import { createGroupOfTwo, createRunningSession } from '../support/factories.js';
import { done, refused, type Schema } from '../support/sdk.js';
import { startSecond, type Second } from '../support/second.js';

const api = useApi();
let other: Second;
let ana: Person;
let ben: Person;
let group: Schema<'GroupDetail'>;

beforeAll(async () => {
  other = await startSecond(api);
});
beforeEach(async () => {
  ({ ana, ben, group } = await createGroupOfTwo(api));
});

const isGone = (person: Person) => done(person.api.DELETE('/api/me'));
const isRefused = (person: Person) => refused(person.api.GET('/api/me'), 'account_deleted');

/** A person with a given `sub` and a token of a given age. */
async function holder(sub: string, ageSeconds = 0, wishes: Record<string, unknown> = {}): Promise<Person> {
  const issuedAt = Math.floor(Date.now() / 1000) - ageSeconds;
  const token = await api.issuer.token({ sub, auth_time: issuedAt, iat: issuedAt, ...wishes });
  return personWith(api.url, { id: '', name: '', token });
}

const idOf = async (person: Person) => (await done(person.api.GET('/api/me'))).id;
const nextSecond = () => after(1000 - (Date.now() % 1000) + 5);

describe('The tokens of a deleted account', () => {
  it('are rejected at once by every process, for every request', async () => {
    const session = await createRunningSession(ana, group);
    const there = other.as(ana);
    await done(there.api.GET('/api/me'));
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
      for (const person of [ana, there])
        await person.send({ method, path, body }).expect(problem(401, 'account_deleted'));
    }
  });

  it('are rejected also if no process has seen them before', async () => {
    const sub = randomUUID();
    const [known, unseen, access] = [
      await holder(sub),
      await holder(sub, 60, { jti: 'unseen' }),
      await holder(sub, 0, { token_use: 'access' }),
    ];
    await done(known.api.GET('/api/me'));
    await isGone(known);
    for (const person of [known, unseen, access]) {
      await isRefused(person);
      await isRefused(other.as(person));
    }
  });

  it('are rejected by the time of sign-in, not of renewal; a later sign-in creates a new account', async () => {
    const sub = randomUUID();
    const first = await holder(sub, 100, { email: `${sub}@example.com` });
    const before = await idOf(first);
    await done(first.api.PATCH('/api/me', { body: { display_name: 'First' } }));
    await isGone(first);
    await nextSecond();
    const now = Math.floor(Date.now() / 1000);
    await isRefused(await holder(sub, 100, { iat: now }));
    await isRefused(await holder(sub, 100, { auth_time: undefined }));
    await isRefused(await holder(sub, 0, { auth_time: undefined, iat: undefined }));

    const again = await holder(sub, 0, { email: `${sub}@example.com` });
    const me = await done(again.api.GET('/api/me'));
    expect(me).toMatchObject({
      display_name: null,
      memberships: [],
      unread_notifications: 0,
      email: `${sub}@example.com`,
    });
    expect(me.id).not.toBe(before);
    expect(await idOf(other.as(again))).toBe(me.id);
    await isRefused(first);
    await isGone(again);
    await isRefused(again);
  });

  it('are checked again while the listening connection is lost, which reconnects by itself', async () => {
    const listeners = async (columns: string) => {
      const { rows } = await api.database.query<{ pid: number }>(
        `SELECT ${columns} FROM pg_stat_activity WHERE application_name = 'lockin listener' AND datname = current_database()`,
      );
      return rows.map(({ pid }) => pid);
    };
    const haveReconnected = async (lost: number[]) => {
      const connected = (await listeners('pid')).filter((pid) => !lost.includes(pid));
      return connected.length === 2 && [api, other].every(({ app }) => app.get(Listener).isConnected);
    };
    const there = other.as(ana);
    await done(there.api.GET('/api/me'));
    const lost = await listeners('pid, pg_terminate_backend(pid)');
    await done(ana.api.GET('/api/me'));
    await isGone(ana);
    for (let i = 0; i < 5; i++) await isRefused(there);

    await isRefused(there);
    for (let i = 0; i < 100 && !(await haveReconnected(lost)); i++) await after(50);
    expect(await haveReconnected(lost)).toBe(true);
    await done(other.as(ben).api.GET('/api/me'));
    await isGone(ben);
    await after(100);
    await isRefused(other.as(ben));
  });
});
