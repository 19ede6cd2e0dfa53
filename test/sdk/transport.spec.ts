import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createLockInClient, type LockInClient, unwrap } from '@lockin/sdk';
import { type Person, useApi } from '../support/api.js';
import { inDays } from '../support/factories.js';
import { type FaultyProxy, type ProxyFault, startFaultyProxy } from './support/faulty-proxy.js';
import { problem } from './support/problem-response.js';
import { createTestClient } from './support/test-client.js';

const GROUP = {
  name: 'Deep work',
  end_at: inDays(30),
  timezone: 'UTC',
  period: 'daily',
  period_target_minutes: 60,
} as const;

const api = useApi();
let ana: Person;
let proxy: FaultyProxy;
let lockin: LockInClient;

beforeAll(async () => {
  [ana, proxy] = await Promise.all([api.person('Ana'), startFaultyProxy(api.url)]);
});
beforeEach(() => {
  proxy.requests.length = 0;
  lockin = createTestClient(proxy, ana);
});
afterAll(() => proxy.stop());

const keys = (): unknown[] => proxy.requests.map(({ headers }) => headers['idempotency-key']);

describe('A token', () => {
  /** An expired and a valid token of one user. */
  async function createTokens(sub: string): Promise<{ stale: string; fresh: string }> {
    const longAgo = Math.floor(Date.now() / 1000) - 7200;
    const [stale, fresh] = await Promise.all([
      api.issuer.token({ sub, iat: longAgo, exp: longAgo + 3600 }),
      api.issuer.token({ sub }),
    ]);
    return { stale, fresh };
  }

  it('is refreshed once for all requests that fail with 401 at the same time', async () => {
    const { stale, fresh } = await createTokens('ana-many');
    let token = stale;
    let refreshes = 0;
    const many = createLockInClient({
      baseUrl: proxy.url,
      token: async ({ refresh }) => {
        if (!refresh) return token;
        refreshes++;
        await new Promise((resolve) => setTimeout(resolve, 50));
        return (token = fresh);
      },
    });
    const results = await Promise.all(Array.from({ length: 20 }, () => many.api.GET('/api/me')));
    expect(results.map(({ response }) => response.status)).toEqual(Array(20).fill(200));
    expect(refreshes).toBe(1);
    await unwrap(many.api.GET('/api/me'));
    expect(refreshes).toBe(1);
  });

  it('is refreshed once also if a 401 arrives after another request has continued with the new token', async () => {
    const { stale, fresh } = await createTokens('ana-late');
    const calls: boolean[] = [];
    const late = createLockInClient({
      baseUrl: api.url,
      token: ({ refresh }) => {
        calls.push(refresh);
        return refresh ? fresh : stale;
      },
      fetch: async (url, init) => {
        const response = await fetch(url, init);
        // Delays the 401 of the second request until the first one is done.
        if (response.status === 401 && url.endsWith('/groups')) await first;
        return response;
      },
    });
    const first = unwrap(late.api.GET('/api/me'));
    const second = unwrap(late.api.GET('/api/groups'));
    await Promise.all([first, second]);
    expect(calls.filter((refresh) => refresh)).toHaveLength(1);
  });

  it('is refreshed only once for a request: a second 401 is thrown', async () => {
    const { stale } = await createTokens('ana-gone');
    const expired = createLockInClient({ baseUrl: proxy.url, token: () => stale });
    await expect(unwrap(expired.api.GET('/api/me'))).rejects.toMatchObject({ status: 401, code: 'unauthenticated' });
    expect(proxy.requests).toHaveLength(2);
  });

  it('that is null is neither sent nor refreshed', async () => {
    const calls: boolean[] = [];
    const signedOut = createLockInClient({ baseUrl: proxy.url, token: ({ refresh }) => (calls.push(refresh), null) });
    await expect(unwrap(signedOut.api.GET('/api/me'))).rejects.toMatchObject({ status: 401 });
    expect(proxy.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
    expect(calls).toEqual([false]);
  });

  it('is refreshed again by the next request if the refresh failed', async () => {
    const { stale, fresh } = await createTokens('ana-again');
    let refreshes = 0;
    const again = createLockInClient({
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

describe('An Idempotency-Key', () => {
  it('is created for each POST and kept for its retries, and for no other method', async () => {
    proxy.failNext('request lost', problem(503, 'unavailable'));
    await unwrap(lockin.api.POST('/api/groups', { body: GROUP }));
    const [key, ...others] = keys();
    expect(key).toMatch(/^[0-9a-f]{32}$/);
    expect(others).toEqual([key, key]);

    await unwrap(lockin.api.POST('/api/groups', { body: GROUP }));
    expect(keys()[3]).not.toBe(key);
    await unwrap(lockin.api.PATCH('/api/me', { body: { display_name: 'Ana' } }));
    expect(keys()[4]).toBeUndefined();
  });

  it('of the caller is kept', async () => {
    await unwrap(lockin.api.POST('/api/sessions', { body: {}, headers: { 'Idempotency-Key': 'mine' } }));
    expect(keys()).toEqual(['mine']);
  });
});

describe('A retry', () => {
  const failures: [string, ProxyFault][] = [
    ['the request is lost', 'request lost'],
    ['the response is lost', 'response lost'],
    ['the response is cut off', 'response cut off'],
    [
      'a captive portal responds with a page',
      { status: 200, headers: { 'content-type': 'text/html' }, body: '<h1>Hotel</h1>' },
    ],
    ...[408, 429, 502, 503, 504].map((status): [string, ProxyFault] => [`the status is ${status}`, { status }]),
  ];
  it.each(failures)('is sent when %s', async (_, fault) => {
    proxy.failNext(fault);
    expect(await unwrap(lockin.api.GET('/api/me'))).toMatchObject({ id: ana.id });
    expect(proxy.requests).toHaveLength(2);
  });

  it('is sent when a request with the same key is in flight', async () => {
    proxy.failNext(problem(409, 'idempotency_in_flight', { 'retry-after': '1' }));
    await unwrap(lockin.api.POST('/api/groups', { body: GROUP }));
    expect(proxy.requests).toHaveLength(2);
  });

  it.each([400, 403, 404, 409, 422, 500])('is not sent when the status is %d', async (status) => {
    proxy.failNext(problem(status, 'not_found'));
    await expect(unwrap(lockin.api.GET('/api/me'))).rejects.toMatchObject({ status });
    expect(proxy.requests).toHaveLength(1);
  });

  it('is sent at most maxRetries times', async () => {
    proxy.failNext({ status: 503 }, { status: 503 }, { status: 503 });
    const two = createTestClient(proxy, ana, { maxRetries: 2 });
    await expect(unwrap(two.api.GET('/api/me'))).rejects.toMatchObject({ status: 503, code: 'unexpected_response' });
    proxy.failNext('request lost');
    await expect(createTestClient(proxy, ana, { maxRetries: 0 }).api.GET('/api/me')).rejects.toThrow('fetch failed');
    expect(proxy.requests).toHaveLength(4);
  });

  it('waits longer than the one before', async () => {
    proxy.failNext({ status: 503 }, { status: 503 }, { status: 503 });
    await unwrap(lockin.api.GET('/api/me'));
    expect(pauses()).toEqual([within(200, 400), within(400, 800), within(800, 1600)]);
  });

  it.each([
    ['seconds', () => '1'],
    ["a date of the server's clock", () => new Date(Date.now() + 2000 - SERVER_BEHIND_MS).toUTCString()],
  ])('waits for Retry-After: %s', async (_, header) => {
    const date = new Date(Date.now() - SERVER_BEHIND_MS).toUTCString();
    proxy.failNext({ status: 503, headers: { 'retry-after': header(), date } });
    await unwrap(lockin.api.GET('/api/me'));
    expect(pauses()).toEqual([within(1000, 2500)]);
  });

  it('is not sent when Retry-After is longer than a minute', async () => {
    proxy.failNext(problem(429, 'rate_limited', { 'retry-after': '1800' }));
    const expected = { code: 'rate_limited', retryAfter: 1800 };
    await expect(unwrap(lockin.api.GET('/api/me'))).rejects.toMatchObject(expected);
    expect(proxy.requests).toHaveLength(1);
  });

  const SERVER_BEHIND_MS = 5 * 3_600_000;
  const within = (least: number, most: number): unknown => ({
    asymmetricMatch: (ms: number) => ms >= least - 10 && ms <= most + 250,
  });
  const pauses = (): number[] => proxy.requests.slice(1).map(({ at }, place) => at - proxy.requests[place]!.at);
});

describe('An abort', () => {
  it('rejects a request that waits for its next retry', async () => {
    proxy.failNext({ status: 503, headers: { 'retry-after': '30' } });
    const controller = new AbortController();
    const startedAt = Date.now();
    setTimeout(() => controller.abort(), 100);
    const call = lockin.api.GET('/api/me', { signal: controller.signal });
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    expect(Date.now() - startedAt).toBeLessThan(2000);
    expect(proxy.requests).toHaveLength(1);
  });

  it('rejects a request that has no response yet, and one that waits for a token', async () => {
    const unanswered = createLockInClient({
      baseUrl: api.url,
      token: () => 'x',
      fetch: (_, { signal }) => neverResolves(signal!),
    });
    const tokenless = createLockInClient({ baseUrl: api.url, token: () => new Promise<never>(() => undefined) });
    for (const client of [unanswered, tokenless]) {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 50);
      const call = client.api.GET('/api/me', { signal: controller.signal });
      await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    }
  });

  it('before the call prevents the request', async () => {
    const call = lockin.api.GET('/api/me', { signal: AbortSignal.abort() });
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    expect(proxy.requests).toEqual([]);
  });

  const neverResolves = (signal: AbortSignal): Promise<never> =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
});
