import { afterEach, describe, expect, it } from '@jest/globals';
import type { Test } from 'supertest';
import { type Api, startApi } from '../support/api.js';
import { AuthService } from '../../src/auth/auth.service.js';
import { makeKey } from '../support/issuer.js';
import { problem } from '../support/request.js';

describe('The limit of requests a minute', () => {
  const started: Api[] = [];
  const start = async (limit: number): Promise<Api> => {
    const api = await startApi({ RATE_LIMIT_PER_MINUTE: String(limit) });
    started.push(api);
    return api;
  };
  afterEach(() => Promise.all(started.splice(0).map((api) => api.stop())));

  const anonymous = (api: Api): Test => api.anonymous({ method: 'GET', path: '/api/me' });

  it('counts those of each person, and says when to come back', async () => {
    const api = await start(5);
    const [ana, ben] = [await api.person('Ana'), await api.person('Ben')];
    // The first of the five has set the name.
    for (let i = 1; i < 5; i++) await ana.get('/api/me').expect(200);
    await ana.get('/api/me').expect(problem(429, 'rate_limited'));
    const { headers } = await ana.get('/api/me');
    expect(Number(headers['retry-after'])).toBeGreaterThan(55);
    await ben.get('/api/me').expect(200);
  });

  it('is 300 for an address before sign-in', async () => {
    const api = await start(600);
    for (let i = 0; i < 300; i++) await anonymous(api).expect(problem(401, 'unauthenticated'));
    await anonymous(api).expect(problem(429, 'rate_limited'));
  });

  it('keeps nobody with a valid token out, whatever the address has sent', async () => {
    const api = await start(600);
    const signed = (token: string): Test =>
      api.anonymous({ method: 'GET', path: '/api/me', headers: { authorization: `Bearer ${token}` } });
    const forged = await makeKey();
    for (let i = 0; i < 300; i++) {
      const token = await api.issuer.token({}, { key: forged.privateKey, header: { kid: `made-up-${i % 3}` } });
      await signed(token).expect(problem(401, 'unauthenticated'));
    }
    await anonymous(api).expect(problem(429, 'rate_limited'));
    for (let i = 0; i < 20; i++) await signed(await api.issuer.token()).expect(200);
  });

  it('counts a token of a deleted account for its address, without asking the database each time', async () => {
    const api = await start(600);
    const ana = await api.person('Ana');
    await ana.delete('/api/me').expect(204);
    await api.database.query('ALTER FUNCTION sign_in_at RENAME TO gone');
    await ana.get('/api/me').expect(500);
    await api.database.query('ALTER FUNCTION gone RENAME TO sign_in_at');
    await ana.get('/api/me').expect(problem(401, 'account_deleted'));
    await api.database.query('ALTER FUNCTION sign_in_at RENAME TO gone');
    for (let i = 1; i < 300; i++) await ana.get('/api/me').expect(problem(401, 'account_deleted'));
    await ana.get('/api/me').expect(problem(429, 'rate_limited'));
  });

  it('counts no request that the API could not judge: with the database away it stays a 503', async () => {
    const api = await start(600);
    await api.database.query('ALTER FUNCTION sign_in_at RENAME TO gone');
    await api.database
      .query(`CREATE FUNCTION sign_in_at(text, text, text, timestamptz, timestamptz) RETURNS uuid LANGUAGE plpgsql
      AS $$ BEGIN RAISE 'too many clients' USING ERRCODE = '53300'; END $$`);
    const signIn = async (): Promise<void> => {
      const headers = { authorization: `Bearer ${await api.issuer.token()}` };
      await api.anonymous({ method: 'GET', path: '/api/me', headers }).expect(problem(503, 'unavailable'));
    };
    for (let i = 0; i < 31; i++) await Promise.all(Array.from({ length: 10 }, signIn));
  });

  it('knows a token however the header writes it', async () => {
    const api = await start(5);
    const ana = await api.person('Ana');
    const statuses: number[] = [];
    for (let i = 1; i <= 20; i++) {
      const authorization = `bearer${' '.repeat(i)}${ana.token}${' '.repeat(i % 3)}`;
      statuses.push((await api.anonymous({ method: 'GET', path: '/api/me', headers: { authorization } })).status);
    }
    expect(statuses).toEqual([...Array<number>(4).fill(200), ...Array<number>(16).fill(429)]);
    expect(api.app.get(AuthService).cached(ana.token)).toBeDefined();
  });

  it('counts the addresses of one IPv6 network together', async () => {
    const { app } = await start(600);
    const statusFrom = async (remoteAddress: string): Promise<number> =>
      (await app.inject({ url: '/api/me', remoteAddress })).statusCode;
    for (let i = 1; i <= 300; i++) expect(await statusFrom(`2001:db8::${i.toString(16)}`)).toBe(401);
    expect(await statusFrom('2001:db8::ffff')).toBe(429);
    expect(await statusFrom('2001:db8:0:1::1')).toBe(401);
  });

  it('is off for everybody at 0', async () => {
    const api = await start(0);
    const ana = await api.person('Ana');
    for (let i = 0; i < 310; i++) {
      await anonymous(api).expect(problem(401, 'unauthenticated'));
      await ana.get('/api/me').expect(200);
    }
  });
});
