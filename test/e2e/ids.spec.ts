import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Response } from 'supertest';
import { type Person, useApi } from '../support/api.js';
import { createGroupOfTwo, createRunningSession, createSession } from '../support/factories.js';
import { done, onMember, type Schema } from '../support/sdk.js';
import { verb } from '../support/sessions.js';
import { type RaceStream, watch } from '../support/stream.js';

/** Apple's UUIDs are in capitals: ids are read in either case, and answered in lower case (specification 1, Format). */

const api = useApi();
let ana: Person;
let ben: Person;
let group: Schema<'GroupDetail'>;
let stream: RaceStream | undefined;

beforeEach(async () => {
  ({ ana, ben, group } = await createGroupOfTwo(api));
});
afterEach(() => stream?.close());

const capitals = (id: string): string => id.toUpperCase();

it('a stream whose group is named in capitals has every change, and ends with the membership', async () => {
  stream = await watch(api.url, ben.token, { id: capitals(group.id) });
  expect(await stream.next()).toMatchObject([{ group_id: group.id }, { group_id: group.id }]);
  const { id } = await createRunningSession(ana, group);
  await stream.until((race) => race.some(({ running }) => running));
  await done(verb(ana, id, 'stop'));
  await stream.until((race) => !race.some(({ running }) => running));
  await done(ana.api.DELETE('/api/groups/{id}/members/{userId}', onMember(group, ben)));
  await stream.ended;
});

it('a member leaves and is removed by an id in capitals', async () => {
  await ben.delete(`/api/groups/${capitals(group.id)}/members/${capitals(ben.id)}`).expect(204);
  expect((await done(ana.api.GET('/api/groups/{id}/members', { params: { path: group } }))).length).toBe(1);
});

it('a session is found, filtered and left by ids in capitals', async () => {
  const { id } = await createSession(ana, group);
  await ben.post(`/api/sessions/${capitals(id)}/participants`).expect(201);
  const sessions = (await ben.get(`/api/sessions?group_id=${capitals(group.id)}`).expect(200)).body as { id: string }[];
  expect(sessions.map((session) => session.id)).toEqual([id]);
  await ben.delete(`/api/sessions/${capitals(id)}/participants/${capitals(ben.id)}`).expect(204);
});

it('ids in bodies are answered in lower case', async () => {
  const cleo = await api.person('Cleo');
  const body = { recipient_id: capitals(cleo.id) };
  const invite = (await ana.post(`/api/groups/${capitals(group.id)}:invite`, body).expect(201))
    .body as Schema<'GroupInvite'>;
  expect(invite).toMatchObject({ recipient_id: cleo.id, group_id: group.id, data: { actor_id: ana.id } });
  const accepted = (await cleo.post(`/api/invites/${capitals(invite.id)}:accept`).expect(200)).body as object;
  expect(accepted).toMatchObject({ id: invite.id, group_id: group.id });
  const owned = (await ana.post(`/api/groups/${group.id}:transfer`, { user_id: capitals(ben.id) }).expect(200))
    .body as object;
  expect(owned).toMatchObject({ owner_id: ben.id });
});

it('an Idempotency-Key belongs to the same request, in either case and percent-encoded', async () => {
  const location = ({ headers }: Response): string | undefined => headers['location'];
  const key = { 'idempotency-key': 'once' };
  const first = await ana.post(`/api/groups/${group.id}:clone`, undefined, key).expect(201);
  for (const path of [`${capitals(group.id)}:clone`, `${group.id}%3Aclone`, `${group.id}:%63lone`]) {
    const again = await ana.post(`/api/groups/${path}`, undefined, key).expect(201);
    expect(location(again)).toBe(location(first));
  }
});

it('the last row of a page is named in either case', async () => {
  for (let count = 0; count < 3; count++) await createSession(ana, group);
  const list = async (query: string): Promise<Schema<'Session'>[]> =>
    (await ana.get(`/api/sessions?${query}`).expect(200)).body as Schema<'Session'>[];
  const [first, ...rest] = await list('limit=3');
  const cursor = `cursor_created_at=${first!.created_at}&cursor_id=${capitals(first!.id)}`;
  expect((await list(cursor)).map(({ id }) => id)).toEqual(rest.map(({ id }) => id));
});
