import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Test } from 'supertest';
import { Listener } from '../../src/database/listener.js';
import { type Api, startApi } from '../support/api.js';
import { problem } from '../support/request.js';
import { makeKey } from '../support/issuer.js';

describe('While people sign in', () => {
  let api: Api;

  beforeEach(async () => {
    api = await startApi();
  });
  afterEach(() => api.stop());

  const me = (token: string): Test =>
    api.anonymous({ method: 'GET', path: '/api/me', headers: { authorization: `Bearer ${token}` } });

  it('a rotated key is picked up, and the older one goes on working', async () => {
    const older = await api.issuer.token();
    await me(await api.issuer.token()).expect(200);
    await api.issuer.rotate();
    await me(await api.issuer.token()).expect(200);
    await me(older).expect(200);
  });

  it('an issuer that goes down keeps nobody out whose key is known', async () => {
    await me(await api.issuer.token()).expect(200);
    await api.issuer.goDown();
    await me(await api.issuer.token()).expect(200);

    await api.issuer.rotate();
    const token = await api.issuer.token();
    await me(token).expect(problem(503, 'sign_in_unavailable'));
    expect((await me(token)).headers['retry-after']).toMatch(/^\d+$/);
    await api.issuer.comeBack();
    await me(token).expect(200);
  });

  it('an issuer that is slow holds up nobody whose key is known, and the others for seconds at most', async () => {
    await me(await api.issuer.token()).expect(200);
    const known = await api.issuer.token();
    api.issuer.slow(20_000);
    await api.issuer.rotate();
    const asked = Date.now();
    const unknown = me(await api.issuer.token()).expect(problem(503, 'sign_in_unavailable'));
    await me(known).expect(200);
    expect(Date.now() - asked).toBeLessThan(1_000);
    await unknown;
    expect(Date.now() - asked).toBeLessThan(5_000);
  });

  it('a flood of made-up keys is refused without troubling the issuer, and locks nobody out', async () => {
    await me(await api.issuer.token()).expect(200);
    const { privateKey } = await makeKey();
    const flood = Array.from({ length: 150 }, async (_, i) =>
      me(await api.issuer.token({}, { key: privateKey, header: { kid: `made-up-${i}` } })).expect(
        problem(401, 'unauthenticated'),
      ),
    );
    await Promise.all([...flood, ...Array.from({ length: 10 }, async () => me(await api.issuer.token()).expect(200))]);
    expect(api.issuer.requests).toBeLessThanOrEqual(8);

    await api.issuer.rotate();
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await me(await api.issuer.token()).expect(200);
  });

  it('a token is verified by its key even if it was asked for while the issuer was away at the start', async () => {
    await api.issuer.goDown();
    const late = await startApi(api.issuer.environment);
    const token = await api.issuer.token();
    const call = (): Test =>
      late.anonymous({ method: 'GET', path: '/api/me', headers: { authorization: `Bearer ${token}` } });
    await call().expect(problem(503, 'sign_in_unavailable'));
    await api.issuer.comeBack();
    await call().expect(200);
    await late.stop();
  });
});

describe('Requests are limited', () => {
  let api: Api;

  beforeEach(async () => {
    api = await startApi({ RATE_LIMIT_PER_MINUTE: '20' });
    // The token cache is cleared once the listener is connected, shortly after the start.
    const listener = api.app.get(Listener);
    while (!listener.isConnected) await new Promise((resolve) => setTimeout(resolve, 5));
  });
  afterEach(() => api.stop());

  const statuses = async (count: number, authorization: string): Promise<number[]> => {
    const call = () => api.anonymous({ method: 'GET', path: '/api/me', headers: { authorization } });
    return (await Promise.all(Array.from({ length: count }, call))).map(({ status }) => status);
  };

  it('by person once the token is known, whatever the address has sent', async () => {
    const [ana, ben] = [`Bearer ${await api.issuer.token()}`, `Bearer ${await api.issuer.token()}`];
    expect(await statuses(1, ana)).toEqual([200]);
    expect(await statuses(1, ben)).toEqual([200]);
    const answers = await statuses(24, ana);
    expect(answers.filter((status) => status === 200)).toHaveLength(19);
    expect(answers.filter((status) => status === 429)).toHaveLength(5);

    const unknown = await statuses(320, 'Bearer who.knows.who');
    expect(unknown).toContain(401);
    expect(unknown).toContain(429);
    expect(await statuses(1, ben)).toEqual([200]);
  });
});
