import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MikroORM } from '@mikro-orm/postgresql';
import { Logger } from '@nestjs/common';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import pg from 'pg';
import { readEnvironment } from '../../src/config/environment.js';
import { connectionOptions } from '../../src/database/connection.js';
import { Listener } from '../../src/database/listener.js';
import { migrate } from '../../src/database/migrate.js';
import { ormOptions } from '../../src/database/orm.js';
import { waitForDatabase } from '../../src/database/wait-for-database.js';
import { QUIET } from '../support/api.js';
import { createAuthority } from '../support/certificates.js';
import { query, type Server, startServer } from '../support/server.js';

const ISSUER = { COGNITO_ISSUER: 'https://issuer.example.com', COGNITO_CLIENT_IDS: 'app' };

/** Requires TLS for all users but the superuser of the test. */
const HBA = `hostnossl all app all reject
hostssl all app all scram-sha-256
`;

let server: Server;
let ca: string;
let otherCa: string;

beforeAll(async () => {
  Logger.overrideLogger(false);
  server = await startServer();
  const [authority, other] = await Promise.all([createAuthority('Test CA'), createAuthority('Other CA')]);
  const { certificate, key } = await authority.issue('localhost');
  ca = await server.write('ca.pem', authority.certificate);
  otherCa = await server.write('other-ca.pem', other.certificate);
  const [certificateFile, keyFile] = await Promise.all([
    server.write('server.pem', certificate),
    server.write('server.key', key),
  ]);
  const hba = join(server.folder, 'data/pg_hba.conf');
  await writeFile(hba, HBA + (await readFile(hba, 'utf8')));
  await server.query("CREATE ROLE app LOGIN SUPERUSER PASSWORD 'secret'");
  await server.query('CREATE DATABASE app OWNER app');
  await appendFile(
    join(server.folder, 'data/postgresql.auto.conf'),
    `ssl = on\nssl_cert_file = '${certificateFile}'\nssl_key_file = '${keyFile}'\n`,
  );
  await server.query('SELECT pg_reload_conf()');
  while ((await server.query<{ ssl: string }>('SHOW ssl'))[0]?.ssl !== 'on') await after(50);
}, 60_000);
afterAll(() => server.stop());

const urlOf = (parameters: string, host = 'localhost'): string =>
  `postgres://app:secret@${host}:${server.port}/app${parameters}`;

/** Whether the connection with this application name is encrypted. */
async function isEncrypted(applicationName: string): Promise<boolean | undefined> {
  const rows = await query<{ ssl: boolean }>(
    server.url('app'),
    `SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = '${applicationName}'`,
  );
  return rows[0]?.ssl;
}

async function usePool(settings: { DATABASE_URL: string; PGSSLROOTCERT?: string }): Promise<void> {
  const orm = await MikroORM.init({ ...ormOptions({ ...settings, DATABASE_POOL_MAX: 1 }), logger: () => undefined });
  try {
    await orm.em.getConnection().execute('SELECT 1');
    expect(await isEncrypted('lockin api')).toBe(true);
  } finally {
    await orm.close();
  }
}

/** Waits for the listener, which retries when it cannot connect. */
async function useListener({ DATABASE_URL, ...rest }: { DATABASE_URL: string }): Promise<void> {
  const listener = new Listener(readEnvironment({ ...QUIET, ...ISSUER, DATABASE_URL, ...rest }));
  listener.subscribe('test', { onMessage: () => undefined, onReconnect: () => undefined });
  try {
    for (let tries = 0; tries < 40 && !listener.isConnected; tries++) await after(50);
    if (!listener.isConnected) throw new Error('The listener is not connected');
    expect(await isEncrypted('lockin listener')).toBe(true);
  } finally {
    await listener.close();
  }
}

const uses = { pool: usePool, listener: useListener, migrator: migrate, start: waitForDatabase };

describe.each(Object.entries(uses))('The connection of the %s', (_, use) => {
  it.each(['prefer', 'require', 'verify-ca', 'verify-full'])('is encrypted with sslmode=%s', async (mode) => {
    await use({ DATABASE_URL: urlOf(`?sslmode=${mode}&sslrootcert=${ca}`) });
  });

  it('is encrypted with PGSSLROOTCERT alone', async () => {
    await use({ DATABASE_URL: urlOf(''), PGSSLROOTCERT: ca });
  });

  it.each(['', '?sslmode=disable', '?sslmode=allow'])('is not encrypted with "%s"', async (parameters) => {
    await expect(use({ DATABASE_URL: urlOf(parameters) })).rejects.toThrow();
  });

  it.each(['require', 'verify-ca', 'verify-full'])('is refused with sslmode=%s and another CA', async (mode) => {
    await expect(use({ DATABASE_URL: urlOf(`?sslmode=${mode}&sslrootcert=${otherCa}`) })).rejects.toThrow();
  });

  it('is refused with sslmode=verify-full where the certificate has another host name', async () => {
    await expect(use({ DATABASE_URL: urlOf(`?sslmode=verify-full&sslrootcert=${ca}`, '127.0.0.1') })).rejects.toThrow();
    await use({ DATABASE_URL: urlOf(`?sslmode=verify-ca&sslrootcert=${ca}`, '127.0.0.1') });
  });
});

describe('Without a CA', () => {
  it('sslmode=require encrypts and verifies nothing; verify-full trusts public CAs', async () => {
    await usePool({ DATABASE_URL: urlOf('?sslmode=require') });
    await expect(usePool({ DATABASE_URL: urlOf('?sslmode=verify-full') })).rejects.toThrow('verify');
  });

  it('sslmode=verify-ca is refused, and so is what libpq does not know', () => {
    expect(() => connectionOptions(urlOf('?sslmode=verify-ca'))).toThrow('sslmode=verify-ca needs sslrootcert');
    expect(() => connectionOptions(urlOf('?sslmode=full'))).toThrow('sslmode must be one of disable, allow');
  });
});

it('A URL means the same to psql: uselibpqcompat changes nothing, Unix-domain sockets have no TLS', () => {
  const url = urlOf('?sslmode=require&uselibpqcompat=true');
  expect(connectionOptions(url).ssl).toEqual({ rejectUnauthorized: false });
  expect(connectionOptions('postgres:///app?host=/run/postgresql&sslmode=require').ssl).toBe(false);
  expect(new pg.Client(connectionOptions(urlOf('?sslmode=verify-full'))).host).toBe('localhost');
});

it('The configuration names a certificate that cannot be read, and not the password', () => {
  const read = (): unknown =>
    readEnvironment({ ...QUIET, ...ISSUER, DATABASE_URL: urlOf('?sslrootcert=/nowhere.pem') });
  expect(read).toThrow(/DATABASE_URL cannot be used: ENOENT.*nowhere\.pem/);
  expect(read).not.toThrow(/secret/);
});
