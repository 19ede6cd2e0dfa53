import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../local/ports.js';
import { ana, DEMO_PASSWORD, demoUsers, type DemoUser, maya } from '../../local/demo-users.js';
import type { Me } from '../../src/profiles/profiles.dto.js';
import { endAll, launch, projectFolder, remove, signIn } from '../local/local-api.js';
import { bodyOf, problem, send } from '../support/request.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { type Issuer, startIssuer } from '../support/issuer.js';

const FORM = 'application/x-www-form-urlencoded';

interface TokenAnswer {
  access_token: string;
  token_type: string;
  expires_in: number;
  error?: string;
  error_description?: string;
}

const discards: (() => Promise<void>)[] = [];
async function createFolder(): Promise<string> {
  const folder = await projectFolder();
  discards.push(() => remove(folder));
  return folder;
}
async function anIssuer(): Promise<Issuer> {
  const issuer = await startIssuer();
  discards.push(() => issuer.stop());
  return issuer;
}
async function createDatabase(): Promise<TestDatabase> {
  const database = await createTestDatabase();
  discards.push(() => database.drop());
  return database;
}
afterAll(async () => {
  await endAll();
  await Promise.all(discards.map((discard) => discard()));
});

const credentials = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  grant_type: 'password',
  username: ana.email,
  password: DEMO_PASSWORD,
  ...changes,
});

describe('The local token endpoint', () => {
  let url: string;
  beforeAll(async () => {
    url = await launch(await createFolder()).url;
  });

  const ask = (body: string, type = FORM): Promise<Response> =>
    fetch(`${url}/local/token`, { method: 'POST', headers: { 'content-type': type }, body });

  const tokenOf = async ({ email }: DemoUser): Promise<string> =>
    ((await (await signIn(url, email)).json()) as TokenAnswer).access_token;

  async function expectError(response: Response, error: string, description?: RegExp): Promise<void> {
    const body = (await response.json()) as TokenAnswer;
    expect([response.status, body.error]).toEqual([400, error]);
    expect(body).not.toHaveProperty('access_token');
    if (description) expect(body.error_description).toMatch(description);
  }

  it('gives a bearer token that no cache keeps', async () => {
    const response = await signIn(url, ana.email);
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
    const { access_token, token_type, expires_in } = (await response.json()) as TokenAnswer;
    expect(token_type).toBe('Bearer');
    const [, claims = ''] = access_token.split('.');
    const { exp, iat } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { exp: number; iat: number };
    expect(expires_in).toBe(exp - iat);
    expect(expires_in).toBeGreaterThan(0);
  });

  it.each(demoUsers)('signs $name in, whose address the API then knows', async (person) => {
    const headers = { authorization: `Bearer ${await tokenOf(person)}` };
    const me = await bodyOf<Me>(send(url, { method: 'GET', path: '/api/me', headers }).expect(200));
    expect(me).toMatchObject({ email: person.email, display_name: person.name });
  });

  it('lets Maya alone do maintenance', async () => {
    for (const person of demoUsers) {
      const headers = { authorization: `Bearer ${await tokenOf(person)}` };
      const sent = { method: 'POST', path: '/api/maintenance/archive-expired-groups', headers };
      const call = send(url, sent);
      if (person === maya) expect((await call.expect(200)).body).toEqual({ archived: expect.any(Number) });
      else await call.expect(problem(403, 'maintenance_only'));
    }
  });

  it.each([
    ['a wrong password', { password: 'wrong' }],
    ['an address that nobody has', { username: 'nobody@lockin.example' }],
    ['a name that every object has', { username: '__proto__' }],
    ['NUL', { username: '\0', password: '\0' }],
    ['a very long password', { password: 'x'.repeat(60_000) }],
  ])('answers %s with one and the same sentence', async (_, changes) => {
    const form = new URLSearchParams(credentials(changes) as Record<string, string>);
    await expectError(await ask(form.toString()), 'invalid_grant', /^The e-mail or the password is wrong\.$/);
  });

  it.each([
    ['no e-mail', { username: '' }],
    ['no password', { password: '' }],
  ])('asks for both where there is %s', async (_, changes) => {
    const form = new URLSearchParams(credentials(changes) as Record<string, string>);
    await expectError(await ask(form.toString()), 'invalid_request', /^Enter an e-mail and a password\.$/);
  });

  it.each([
    ['client_credentials', 'grant_type=client_credentials'],
    ['refresh_token', 'grant_type=refresh_token&refresh_token=x'],
    ['none', `username=${ana.email}&password=${DEMO_PASSWORD}`],
    ['none, in an empty form', ''],
    ['two', `grant_type=password&grant_type=implicit&username=${ana.email}&password=${DEMO_PASSWORD}`],
    ['a broken one', 'grant_type=%E0%A4%A&username=%&password=%00'],
  ])('supports no other grant: %s', async (_, form) => {
    await expectError(await ask(form), 'unsupported_grant_type');
  });

  it.each([
    ['broken', '{"grant_type": "password"', 'unsupported_grant_type'],
    ['null', 'null', 'unsupported_grant_type'],
    ['a number', '1', 'unsupported_grant_type'],
    ['a list', '["password"]', 'unsupported_grant_type'],
    ['an empty object', '{}', 'unsupported_grant_type'],
    ['an e-mail that is an object', JSON.stringify(credentials({ username: { $ne: '' } })), 'invalid_grant'],
    ['a password that is a list', JSON.stringify(credentials({ password: [DEMO_PASSWORD] })), 'invalid_grant'],
    ['a password that is a number', JSON.stringify(credentials({ password: 1 })), 'invalid_grant'],
    ['an e-mail that is null', JSON.stringify(credentials({ username: null })), 'invalid_request'],
  ])('answers JSON in the words of OAuth too: %s', async (_, json, error) => {
    await expectError(await ask(json, 'application/json'), error);
  });

  it('refuses what is neither, or too large, as the API does', async () => {
    const problems = [
      await ask('grant_type=password', 'text/plain'),
      await ask('--x--', 'multipart/form-data; boundary=x'),
      await ask('x'.repeat(70_000)),
    ];
    expect(problems.map(({ status }) => status)).toEqual([415, 415, 413]);
    for (const { headers } of problems) expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });

  it('is not to be called from pages of other origins', async () => {
    const headers = { origin: 'https://elsewhere.example', 'access-control-request-method': 'POST' };
    const response = await fetch(`${url}/local/token`, { method: 'OPTIONS', headers });
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    expect((await signIn(url, ana.email)).headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('There is no local token endpoint', () => {
  async function expectNone(url: string): Promise<void> {
    const response = await signIn(url, ana.email);
    expect([response.status, await response.json()]).toEqual([404, expect.objectContaining({ code: 'not_found' })]);
    const { scheme } = (await (await fetch(`${url}/docs/sign-in.json`)).json()) as { scheme: object };
    expect(scheme).toMatchObject({ type: 'http', scheme: 'bearer' });
  }

  it('beside a user pool that somebody has named', async () => {
    const api = launch(await createFolder(), (await anIssuer()).environment);
    await expectNone(await api.url);
    expect(api.printed()).not.toContain(ana.email);
  });

  it('in production', async () => {
    const [issuer, database, port] = await Promise.all([anIssuer(), createDatabase(), freePort()]);
    const api = launch(await createFolder(), {
      ...issuer.environment,
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: database.url,
      S3_BUCKET: 'avatars',
      S3_REGION: 'eu-west-1',
      AVATAR_PUBLIC_BASE_URL: 'https://avatars.example.com',
      DOCS_ENABLED: 'true',
    });
    const url = `http://127.0.0.1:${port}`;
    while (api.child.exitCode === null && !(await fetch(`${url}/health/ready`).catch(() => undefined))) await sleep(50);
    await expectNone(url);
  });

  it('and nothing else that is local in production, where a missing setting stops the start', async () => {
    const folder = await createFolder();
    const api = launch(folder, { NODE_ENV: 'production' });
    expect(await api.exitCode).toBe(1);
    for (const name of ['DATABASE_URL', 'COGNITO_ISSUER', 'S3_BUCKET']) expect(api.printed()).toContain(name);
    expect(await readdir(folder)).toEqual([]);
  });
});
