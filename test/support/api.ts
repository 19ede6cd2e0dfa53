import { afterAll, beforeAll } from '@jest/globals';
import { createLockInClient, type LockInClient } from '@lockin/sdk';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Test } from 'supertest';
import { createApp } from '../../src/create-app.js';
import { readEnvironment } from '../../src/config/environment.js';
import { checkedFetch, type Sent, send } from './request.js';
import { createTestDatabase, type TestDatabaseOptions } from './database.js';
import { type Issuer, startIssuer, type TokenClaims } from './issuer.js';
import { done } from './sdk.js';

/** A signed-in user, who calls the API through the SDK, as apps do, or with plain requests. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly token: string;
  readonly lockin: LockInClient;
  readonly api: LockInClient['api'];
  get(path: string, headers?: Record<string, string>): Test;
  post(path: string, body?: unknown, headers?: Record<string, string>): Test;
  patch(path: string, body: unknown): Test;
  delete(path: string): Test;
  send(sent: Sent): Test;
}

/** The application on its own port, with its own database and identity provider. */
export interface Api {
  readonly url: string;
  readonly app: NestFastifyApplication;
  readonly issuer: Issuer;
  readonly database: pg.Pool;
  readonly databaseUrl: string;
  /** Signs a new person in, and sets the display name. */
  person(name?: string, wishes?: TokenClaims): Promise<Person>;
  /** Sends a request without a token. */
  anonymous(sent: Sent): Test;
  /** A database connection outside the pool, which `stop` closes. */
  connect(): Promise<pg.Client>;
  /** Registers what `stop` must end before the application and its database. */
  beforeStop(end: () => unknown): void;
  stop(): Promise<void>;
}

export const QUIET: Record<string, string> = {
  NODE_ENV: 'test',
  HOST: '127.0.0.1',
  PORT: '0',
  S3_BUCKET: 'avatars',
  S3_REGION: 'eu-west-1',
  // Nothing listens there: tests must not reach Amazon's S3.
  S3_ENDPOINT: 'http://127.0.0.1:9',
  AVATAR_PUBLIC_BASE_URL: 'https://avatars.example.com',
  SCHEDULER_ENABLED: 'false',
  MIGRATE_ON_START: 'false',
  RATE_LIMIT_PER_MINUTE: '0',
  LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'silent',
};

// Presigning needs credentials, and sends nothing.
process.env['AWS_ACCESS_KEY_ID'] ??= 'test';
process.env['AWS_SECRET_ACCESS_KEY'] ??= 'test';

export async function startApi(settings: Record<string, string> = {}, options: TestDatabaseOptions = {}): Promise<Api> {
  const [issuer, { url: databaseUrl, apiUrl, drop }] = await Promise.all([startIssuer(), createTestDatabase(options)]);
  const app = await createApp(readEnvironment({ ...QUIET, DATABASE_URL: apiUrl, ...issuer.environment, ...settings }));
  await app.listen(0, '127.0.0.1');
  const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  const database = new pg.Pool({ connectionString: databaseUrl, max: 20 });
  // end() does not wait for PostgreSQL, which may still report that the database was dropped.
  database.on('error', () => undefined);
  const ends: (() => unknown)[] = [];

  return {
    url,
    app,
    issuer,
    database,
    databaseUrl,
    person: (name = 'Somebody', wishes = {}) => signIn(url, issuer, name, wishes),
    anonymous: (sent) => send(url, sent),
    connect: async () => {
      const client = new pg.Client({ connectionString: databaseUrl });
      await client.connect();
      ends.push(() => client.end());
      return client;
    },
    beforeStop: (end) => void ends.push(end),
    stop: async () => {
      for (const end of ends.reverse()) await end();
      await app.close();
      await database.end();
      await Promise.all([issuer.stop(), drop()]);
    },
  };
}

/** Starts the API before the tests of the enclosing block, and stops it after them. */
export function useApi(settings: Record<string, string> = {}, options: TestDatabaseOptions = {}): Api {
  let started: Api | undefined;
  beforeAll(async () => {
    started = await startApi(settings, options);
  });
  afterAll(() => started?.stop());
  return new Proxy({} as Api, {
    get: (_, name) => {
      if (!started) throw new Error('The API is started by a hook: use it in tests and hooks only.');
      return Reflect.get(started, name) as unknown;
    },
  });
}

async function signIn(url: string, issuer: Issuer, name: string, wishes: TokenClaims): Promise<Person> {
  const token = await issuer.token({ sub: randomUUID(), ...wishes });
  const stranger = personWith(url, { id: '', name, token });
  const { id } = await done(stranger.api.PATCH('/api/me', { body: { display_name: name } }));
  return personWith(url, { id, name, token });
}

/** Never retries, so that a temporary error fails the test. */
const lockinOf = (baseUrl: string, { token }: Pick<Person, 'token'>): LockInClient =>
  createLockInClient({ baseUrl, token: ({ refresh }) => (refresh ? null : token), maxRetries: 0, fetch: checkedFetch });

/** A person who is signed in already, or has nothing but a token. */
export function personWith(url: string, who: Pick<Person, 'id' | 'name' | 'token'>): Person {
  const call = (sent: Sent): Test =>
    send(url, { ...sent, headers: { authorization: `Bearer ${who.token}`, ...sent.headers } });
  const lockin = lockinOf(url, who);
  return {
    ...who,
    lockin,
    api: lockin.api,
    get: (path, headers = {}) => call({ method: 'GET', path, headers }),
    post: (path, body, headers = {}) => call({ method: 'POST', path, body, headers }),
    patch: (path, body) => call({ method: 'PATCH', path, body }),
    delete: (path) => call({ method: 'DELETE', path }),
    send: call,
  };
}
