import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createLockIn, type LockIn, unwrap } from '@lockin/sdk';
import { type Api, type Person, startApi } from '../support/api.js';
import { inDays } from '../support/factories.js';
import { type BadNetwork, type Fate, startBadNetwork } from './support/bad-network.js';
import { lockinOf } from './support/lockin.js';

const GROUP = {
  name: 'Deep work',
  end_at: inDays(30),
  timezone: 'UTC',
  period: 'daily',
  period_target_minutes: 60,
} as const;

let api: Api;
let ana: Person;
let network: BadNetwork;
let lockin: LockIn;

beforeAll(async () => {
  api = await startApi();
  [ana, network] = await Promise.all([api.person('Ana'), startBadNetwork(api.url)]);
});
beforeEach(() => {
  network.seen.length = 0;
  lockin = lockinOf(network, ana);
});
afterAll(async () => {
  await network.stop();
  await api.stop();
});

const problem = (status: number, code: string, headers: Record<string, string> = {}): Fate => ({
  status,
  headers: { 'content-type': 'application/problem+json', ...headers },
  body: JSON.stringify({ status, code, detail: 'Later.', title: '', type: '', instance: '', request_id: 'r' }),
});
const keys = (): unknown[] => network.seen.map(({ headers }) => headers['idempotency-key']);

describe('A token', () => {
  /** Tokens of one person, of which only those handed out last are good. */
  async function expiring(sub: string): Promise<{ stale: string; fresh: string }> {
    const longAgo = Math.floor(Date.now() / 1000) - 7200;
    const [stale, fresh] = await Promise.all([
      api.issuer.token({ sub, iat: longAgo, exp: longAgo + 3600 }),
      api.issuer.token({ sub }),
    ]);
    return { stale, fresh };
  }

  it('that has expired is refreshed once, however many requests are refused at the same time', async () => {
    const { stale, fresh } = await expiring('ana-many');
    let token = stale;
    let refreshes = 0;
    const many = createLockIn({
      baseUrl: network.url,
      token: async ({ refresh }) => {
        if (!refresh) return token;
        refreshes++;
        await new Promise((resolve) => setTimeout(resolve, 50));
        return (token = fresh);
      },
    });
    const answers = await Promise.all(Array.from({ length: 20 }, () => many.api.GET('/api/me')));
    expect(answers.map(({ response }) => response.status)).toEqual(Array(20).fill(200));
    expect(refreshes).toBe(1);
    await unwrap(many.api.GET('/api/me'));
    expect(refreshes).toBe(1);
  });

  it('is refreshed once also for an answer that comes after the others have gone on', async () => {
    const { stale, fresh } = await expiring('ana-late');
    const asked: boolean[] = [];
    const late = createLockIn({
      baseUrl: api.url,
      token: ({ refresh }) => {
        asked.push(refresh);
        return refresh ? fresh : stale;
      },
      fetch: async (url, init) => {
        const response = await fetch(url, init);
        // The second one's refusal is held up until the first one is done.
        if (response.status === 401 && url.endsWith('/groups')) await first;
        return response;
      },
    });
    const first = unwrap(late.api.GET('/api/me'));
    const second = unwrap(late.api.GET('/api/groups'));
    await Promise.all([first, second]);
    expect(asked.filter((refresh) => refresh)).toHaveLength(1);
  });

  it('that is refused after the refresh as well is a problem, not a loop', async () => {
    const { stale } = await expiring('ana-gone');
    const gone = createLockIn({ baseUrl: network.url, token: () => stale });
    await expect(unwrap(gone.api.GET('/api/me'))).rejects.toMatchObject({ status: 401, code: 'unauthenticated' });
    expect(network.seen).toHaveLength(2);
  });

  it('of nobody is not sent, and its refusal not answered by a refresh', async () => {
    const asked: boolean[] = [];
    const nobody = createLockIn({ baseUrl: network.url, token: ({ refresh }) => (asked.push(refresh), null) });
    await expect(unwrap(nobody.api.GET('/api/me'))).rejects.toMatchObject({ status: 401 });
    expect(network.seen.map(({ headers }) => headers.authorization)).toEqual([undefined]);
    expect(asked).toEqual([false]);
  });

  it('whose refresh failed is tried anew by the next request', async () => {
    const { stale, fresh } = await expiring('ana-again');
    let refreshes = 0;
    const again = createLockIn({
      baseUrl: api.url,
      token: ({ refresh }) => {
        if (!refresh) return stale;
        if (refreshes++ === 0) throw new Error('The sign-in service is away.');
        return fresh;
      },
    });
    await expect(again.api.GET('/api/me')).rejects.toThrow('The sign-in service is away.');
    await unwrap(again.api.GET('/api/me'));
    expect(refreshes).toBe(2);
  });
});

describe('A key', () => {
  it('is made for every POST, kept over its retries, and never for anything else', async () => {
    network.next('request lost', problem(503, 'unavailable'));
    await unwrap(lockin.api.POST('/api/groups', { body: GROUP }));
    const [key, ...others] = keys();
    expect(key).toMatch(/^[0-9a-f]{32}$/);
    expect(others).toEqual([key, key]);

    await unwrap(lockin.api.POST('/api/groups', { body: GROUP }));
    expect(keys()[3]).not.toBe(key);
    await unwrap(lockin.api.PATCH('/api/me', { body: { display_name: 'Ana' } }));
    expect(keys()[4]).toBeUndefined();
  });

  it('of the caller is sent as it is', async () => {
    await unwrap(lockin.api.POST('/api/sessions', { body: {}, headers: { 'Idempotency-Key': 'mine' } }));
    expect(keys()).toEqual(['mine']);
  });
});

describe('Another attempt', () => {
  const failures: [string, Fate][] = [
    ['the request was lost', 'request lost'],
    ['the answer was lost', 'answer lost'],
    ['the answer was cut off', 'answer cut off'],
    ['a captive portal answered', { status: 200, headers: { 'content-type': 'text/html' }, body: '<h1>Hotel</h1>' }],
    ...[408, 429, 502, 503, 504].map((status): [string, Fate] => [`it was answered ${status}`, { status }]),
  ];
  it.each(failures)('is made when %s', async (_, fate) => {
    network.next(fate);
    expect(await unwrap(lockin.api.GET('/api/me'))).toMatchObject({ id: ana.id });
    expect(network.seen).toHaveLength(2);
  });

  it('is made when a request of the same key is still in flight', async () => {
    network.next(problem(409, 'idempotency_in_flight', { 'retry-after': '1' }));
    await unwrap(lockin.api.POST('/api/groups', { body: GROUP }));
    expect(network.seen).toHaveLength(2);
  });

  it.each([400, 403, 404, 409, 422, 500])('is not made when it was answered %d', async (status) => {
    network.next(problem(status, 'not_found'));
    await expect(unwrap(lockin.api.GET('/api/me'))).rejects.toMatchObject({ status });
    expect(network.seen).toHaveLength(1);
  });

  it('is made only so many times', async () => {
    network.next({ status: 503 }, { status: 503 }, { status: 503 });
    const two = lockinOf(network, ana, { retries: 2 });
    await expect(unwrap(two.api.GET('/api/me'))).rejects.toMatchObject({ status: 503, code: 'unexpected_answer' });
    network.next('request lost');
    await expect(lockinOf(network, ana, { retries: 0 }).api.GET('/api/me')).rejects.toThrow('fetch failed');
    expect(network.seen).toHaveLength(4);
  });

  it('waits longer each time', async () => {
    network.next({ status: 503 }, { status: 503 }, { status: 503 });
    await unwrap(lockin.api.GET('/api/me'));
    expect(pauses()).toEqual([within(200, 400), within(400, 800), within(800, 1600)]);
  });

  it.each([
    ['seconds', () => '1'],
    [
      'a date of the server, whatever the device thinks',
      () => new Date(Date.now() + 2000 - HOURS_BEHIND).toUTCString(),
    ],
  ])('comes no sooner than Retry-After says: %s', async (_, told) => {
    const date = new Date(Date.now() - HOURS_BEHIND).toUTCString();
    network.next({ status: 503, headers: { 'retry-after': told(), date } });
    await unwrap(lockin.api.GET('/api/me'));
    expect(pauses()).toEqual([within(1000, 2500)]);
  });

  it('is left to the app where it would have to wait for more than a minute', async () => {
    network.next(problem(429, 'rate_limited', { 'retry-after': '1800' }));
    const refusal = { code: 'rate_limited', retryAfter: 1800 };
    await expect(unwrap(lockin.api.GET('/api/me'))).rejects.toMatchObject(refusal);
    expect(network.seen).toHaveLength(1);
  });

  const HOURS_BEHIND = 5 * 3_600_000;
  const within = (least: number, most: number): unknown => ({
    asymmetricMatch: (ms: number) => ms >= least - 10 && ms <= most + 250,
  });
  const pauses = (): number[] => network.seen.slice(1).map(({ at }, place) => at - network.seen[place]!.at);
});

describe('An abort', () => {
  it('stops a request that waits for its next attempt', async () => {
    network.next({ status: 503, headers: { 'retry-after': '30' } });
    const controller = new AbortController();
    const began = Date.now();
    setTimeout(() => controller.abort(), 100);
    const asked = lockin.api.GET('/api/me', { signal: controller.signal });
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    expect(Date.now() - began).toBeLessThan(2000);
    expect(network.seen).toHaveLength(1);
  });

  it('stops a request that is under way, and one that waits for a token', async () => {
    const hanging = createLockIn({ baseUrl: api.url, token: () => 'x', fetch: (_, { signal }) => never(signal!) });
    const tokenless = createLockIn({ baseUrl: api.url, token: () => new Promise<never>(() => undefined) });
    for (const stuck of [hanging, tokenless]) {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 50);
      const asked = stuck.api.GET('/api/me', { signal: controller.signal });
      await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    }
  });

  it('that came before keeps everything from being sent', async () => {
    const asked = lockin.api.GET('/api/me', { signal: AbortSignal.abort() });
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    expect(network.seen).toEqual([]);
  });

  const never = (signal: AbortSignal): Promise<never> =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
});
