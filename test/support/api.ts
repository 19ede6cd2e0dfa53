import { createLockInClient, type LockInClient } from '@lockin/sdk';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { createApp } from '../../src/app.setup.js';
import { readEnvironment } from '../../src/config/environment.js';
import { Call, checkedFetch, type Sent, send } from './call.js';
import { createTestDatabase, type TestDatabaseOptions } from './database.js';
import { type Issuer, startIssuer, type TokenWishes } from './issuer.js';
import { done } from './sdk.js';

/**
 * Somebody with a real token, who speaks to the API through the SDK, as apps do; and by HTTP where a test is about what
 * the SDK does not let through or show.
 */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly token: string;
  readonly lockin: LockInClient;
  readonly api: LockInClient['api'];
  get(path: string, headers?: Record<string, string>): Call;
  post(path: string, body?: unknown, headers?: Record<string, string>): Call;
  patch(path: string, body: unknown): Call;
  delete(path: string): Call;
  send(sent: Sent): Call;
}

/** The real application on a port of its own, with a database and an identity provider of its own. */
export interface Api {
  readonly url: string;
  readonly app: NestFastifyApplication;
  readonly issuer: Issuer;
  readonly database: pg.Pool;
  readonly databaseUrl: string;
  /** Signs somebody in for the first time, under a name. */
  person(name?: string, wishes?: TokenWishes): Promise<Person>;
  /** Sends something without a token. */
  anonymous(sent: Sent): Call;
  stop(): Promise<void>;
}

export const QUIET: Record<string, string> = {
  NODE_ENV: 'test',
  HOST: '127.0.0.1',
  PORT: '0',
  S3_BUCKET: 'avatars',
  S3_REGION: 'eu-west-1',
  // Nobody is there: what a test does to S3 must not reach Amazon's.
  S3_ENDPOINT: 'http://127.0.0.1:9',
  AVATAR_PUBLIC_BASE_URL: 'https://avatars.example.com',
  SCHEDULER_ENABLED: 'false',
  MIGRATE_ON_START: 'false',
  RATE_LIMIT_PER_MINUTE: '0',
  LOG_LEVEL: 'silent',
};

// Presigning wants some credentials; what the API itself does sends nothing to S3.
process.env['AWS_ACCESS_KEY_ID'] ??= 'test';
process.env['AWS_SECRET_ACCESS_KEY'] ??= 'test';

export async function startApi(settings: Record<string, string> = {}, options: TestDatabaseOptions = {}): Promise<Api> {
  const [issuer, { url: databaseUrl, apiUrl, drop }] = await Promise.all([startIssuer(), createTestDatabase(options)]);
  const app = await createApp(readEnvironment({ ...QUIET, DATABASE_URL: apiUrl, ...issuer.environment, ...settings }));
  await app.listen(0, '127.0.0.1');
  const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  const database = new pg.Pool({ connectionString: databaseUrl, max: 20 });
  // end() does not wait for PostgreSQL, which may still tell a connection that the database is dropped.
  database.on('error', () => undefined);

  return {
    url,
    app,
    issuer,
    database,
    databaseUrl,
    person: (name = 'Somebody', wishes = {}) => signIn(url, issuer, name, wishes),
    anonymous: (sent) => new Call(send(url, sent)),
    stop: async () => {
      await app.close();
      await database.end();
      await Promise.all([issuer.stop(), drop()]);
    },
  };
}

async function signIn(url: string, issuer: Issuer, name: string, wishes: TokenWishes): Promise<Person> {
  const token = await issuer.token({ sub: randomUUID(), ...wishes });
  const stranger = personWith(url, { id: '', name, token });
  const { id } = await done(stranger.api.PATCH('/api/me', { body: { display_name: name } }));
  return personWith(url, { id, name, token });
}

/** Has one token and no patience: what passes by itself is a failure here, and a 401 final. */
const lockinOf = (baseUrl: string, { token }: Pick<Person, 'token'>): LockInClient =>
  createLockInClient({ baseUrl, token: ({ refresh }) => (refresh ? null : token), maxRetries: 0, fetch: checkedFetch });

/** Somebody who is signed in already, or has no more than a token. */
export function personWith(url: string, who: Pick<Person, 'id' | 'name' | 'token'>): Person {
  const call = (sent: Sent): Call =>
    new Call(send(url, { ...sent, headers: { authorization: `Bearer ${who.token}`, ...sent.headers } }));
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
