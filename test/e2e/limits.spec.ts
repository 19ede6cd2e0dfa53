import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Response } from 'supertest';
import type { GroupDetail } from '../../src/groups/groups.dto.js';
import { type Person, useApi } from '../support/api.js';
import { problem } from '../support/request.js';
import { createGroup, people } from '../support/factories.js';
import { type Second, startSecond } from '../support/second.js';
import { hours, advanceTime } from '../support/time.js';

const api = useApi();
/** A second process on the same database. */
let other: Second;
let ana: Person;
let group: GroupDetail;

beforeAll(async () => {
  other = await startSecond(api);
});
beforeEach(async () => {
  ana = await api.person('Ana', { email: 'ana@example.com' });
  group = await createGroup(ana);
});

/** Sends a request `count` times to both processes at once, and counts the statuses. */
async function sendMany(count: number, method: string, path: string, body?: (nth: number) => unknown) {
  const authorization = `Bearer ${ana.token}`;
  const answers: Response[] = await Promise.all(
    Array.from({ length: count }, (_, nth) => {
      const sent = { method, path, body: body?.(nth), headers: { authorization } };
      return (nth % 2 === 0 ? api : other).anonymous(sent);
    }),
  );
  const counts: Record<string, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return { counts, refused: answers.filter(({ status }) => status === 429) };
}

function waits(refused: Response[]): number[] {
  return refused.map(({ headers }) => Number(headers['retry-after']));
}

describe('Rate limits over all processes', () => {
  it('20 look-ups a minute, with any result', async () => {
    const path = (email: string) => `/api/profiles/lookup?email=${email}`;
    expect((await sendMany(10, 'GET', path('ana@example.com'))).counts).toEqual({ 200: 10 });
    const { counts, refused } = await sendMany(14, 'GET', path('nobody@example.com'));
    expect(counts).toEqual({ 404: 10, 429: 4 });
    for (const seconds of waits(refused)) expect(seconds).toBeGreaterThan(0);
    for (const seconds of waits(refused)) expect(seconds).toBeLessThanOrEqual(60);
    expect(refused[0]?.body).toMatchObject({ code: 'rate_limited', status: 429 });
    const ben = await api.person('Ben');
    await ben.get(path('ana@example.com')).expect(200);
  });

  it('200 look-ups a day', async () => {
    const path = '/api/profiles/lookup?email=ana@example.com';
    for (let minute = 0; minute < 10; minute++) {
      expect((await sendMany(20, 'GET', path)).counts).toEqual({ 200: 20 });
      await advanceTime(api, 61);
    }
    const { counts, refused } = await sendMany(2, 'GET', path);
    expect(counts).toEqual({ 429: 2 });
    for (const seconds of waits(refused)) expect(seconds).toBeGreaterThan(hours(23));
    await advanceTime(api, hours(24) - 120);
    expect((await sendMany(2, 'GET', path)).counts).toEqual({ 200: 2 });
  });

  it('60 invites an hour, not counting repeated ones', async () => {
    const invited = await api.database.query<{ id: string }>(
      'INSERT INTO profiles SELECT FROM generate_series(1, 62) RETURNING id',
    );
    const recipient = (nth: number) => ({ recipient_id: invited.rows[nth]?.id });
    const path = `/api/groups/${group.id}:invite`;
    expect((await sendMany(59, 'POST', path, recipient)).counts).toEqual({ 201: 59 });
    expect((await sendMany(20, 'POST', path, () => recipient(3))).counts).toEqual({ 200: 20 });
    const { counts, refused } = await sendMany(2, 'POST', path, (nth) => recipient(59 + nth));
    expect(counts).toEqual({ 201: 1, 429: 1 });
    expect(waits(refused)[0]).toBeGreaterThan(3000);
    expect(waits(refused)[0]).toBeLessThanOrEqual(3600);
    await advanceTime(api, 3600);
    expect((await sendMany(1, 'POST', path, () => recipient(61))).counts).toEqual({ 201: 1 });
  });

  it('30 clones an hour', async () => {
    const path = `/api/groups/${group.id}:clone`;
    const { counts, refused } = await sendMany(32, 'POST', path);
    expect(counts).toEqual({ 201: 30, 429: 2 });
    expect(waits(refused)[0]).toBeGreaterThan(3500);
    await advanceTime(api, 3600);
    expect((await sendMany(1, 'POST', path)).counts).toEqual({ 201: 1 });
  });

  it('a rejected request does not count, and a 404 stays a 404', async () => {
    const path = `/api/groups/${group.id}:clone`;
    await sendMany(30, 'POST', path);
    const [ben] = await people(api, 'Ben');
    await ben.post(path).expect(problem(404, 'not_found'));
  });
});

describe('Requests', () => {
  let strict: Second;
  beforeAll(async () => {
    strict = await startSecond(api, { RATE_LIMIT_PER_MINUTE: '10' });
  });

  it('beyond the limit of a person are 429 with Retry-After; other people are not affected', async () => {
    const asks = (person: Person) =>
      strict.anonymous({ method: 'GET', path: '/api/me', headers: { authorization: `Bearer ${person.token}` } });
    await asks(ana).expect(200);
    const answers = await Promise.all(Array.from({ length: 13 }, () => asks(ana)));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(4);
    for (const seconds of waits(refused)) expect(seconds).toBeGreaterThan(0);
    for (const seconds of waits(refused)) expect(seconds).toBeLessThanOrEqual(60);
    await asks(await api.person('Ben')).expect(200);
  });

  it('without a sign-in are limited to 300 a minute per address', async () => {
    const answers = await Promise.all(
      Array.from({ length: 310 }, () => strict.anonymous({ method: 'GET', path: '/api/me' })),
    );
    const counts = [401, 429].map((status) => answers.filter((answer) => answer.status === status).length);
    expect(counts[0]! + counts[1]!).toBe(310);
    expect(counts[1]).toBeGreaterThanOrEqual(10);
    expect(counts[0]).toBeGreaterThan(290);
  });
});
