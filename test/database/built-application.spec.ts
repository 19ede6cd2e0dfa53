import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { freePort } from '../../local/ports.js';
import { QUIET } from '../support/api.js';
import { createAuthority } from '../support/certificates.js';
import { type Issuer, startIssuer } from '../support/issuer.js';
import { query, type Server, startServer } from '../support/server.js';

const ROOT = join(import.meta.dirname, '../..');
const OWNER_PASSWORD = "o'wner";

let server: Server;
let tls: string;
let issuer: Issuer;

/** As on RDS: TLS, and an owner that is no superuser. */
beforeAll(async () => {
  [server, issuer] = await Promise.all([startServer(), startIssuer()]);
  const authority = await createAuthority('Test CA');
  const { certificate, key } = await authority.issue('localhost');
  tls = `sslmode=verify-full&sslrootcert=${await server.write('ca.pem', authority.certificate)}`;
  const files = [await server.write('server.pem', certificate), await server.write('server.key', key)];
  await appendFile(
    join(server.folder, 'data/postgresql.auto.conf'),
    `ssl = on\nssl_cert_file = '${files[0]}'\nssl_key_file = '${files[1]}'\n`,
  );
  await server.query('SELECT pg_reload_conf()');
  while ((await server.query<{ ssl: string }>('SHOW ssl'))[0]?.ssl !== 'on') await after(50);
  await server.query(`CREATE ROLE lockin_owner LOGIN CREATEROLE PASSWORD 'o''wner'`);
  await server.query('CREATE DATABASE lockin OWNER lockin_owner');
}, 60_000);
afterAll(async () => {
  await issuer.stop();
  await server.stop();
});

const urlOf = (role: string): string => `postgres://${role}@localhost:${server.port}/lockin?${tls}`;

/** Runs a built file with these settings alone, the password beside the URL. */
function run(file: string, settings: Record<string, string> = {}): { status: number | null; printed: string } {
  const env = {
    PATH: process.env['PATH'],
    DATABASE_URL: urlOf('lockin_owner'),
    PGPASSWORD: OWNER_PASSWORD,
    ...settings,
  };
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], { cwd: ROOT, env, encoding: 'utf8' });
  return { status, printed: stdout + stderr };
}

const asApi = (password: string, command: string) =>
  query(server.url('lockin').replace(/\/\/.*@/, `//lockin_api:${encodeURIComponent(password)}@`), command);

/** The built API, as its own role. */
async function serve(password: string, use: (url: string) => Promise<void>): Promise<void> {
  const PORT = String(await freePort());
  const settings = { NODE_ENV: 'production', PORT, DATABASE_URL: urlOf('lockin_api'), PGPASSWORD: password };
  const env = { PATH: process.env['PATH'], ...QUIET, ...issuer.environment, ...settings };
  const child = spawn(process.execPath, ['dist/src/main.js'], { cwd: ROOT, env, stdio: 'ignore' });
  try {
    const url = `http://127.0.0.1:${PORT}`;
    const isReady = () =>
      fetch(`${url}/health/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    while (child.exitCode === null && !(await isReady())) await after(50);
    await use(url);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

describe('The built application, in the order of a rollout', () => {
  it('migrates, and has nothing to migrate the second time', () => {
    expect(run('dist/src/migrate.js')).toEqual({ status: 0, printed: expect.stringContaining('Migrated: ') });
    expect(run('dist/src/migrate.js')).toEqual({ status: 0, printed: 'Nothing to migrate.\n' });
  });

  it("sets the password of the API's role, and another one later", async () => {
    for (const LOCKIN_API_PASSWORD of ["fir'st", 'second']) {
      const { status, printed } = run('dist/src/db-roles.js', { LOCKIN_API_PASSWORD });
      expect([status, printed]).toEqual([0, expect.stringContaining('Set the password of lockin_api.')]);
      expect(printed).not.toContain(LOCKIN_API_PASSWORD);
      expect(await asApi(LOCKIN_API_PASSWORD, 'SELECT count(*)::int AS people FROM profiles')).toEqual([{ people: 0 }]);
    }
    await expect(asApi("fir'st", 'SELECT 1')).rejects.toThrow('password authentication failed');
    await expect(asApi('second', 'CREATE TABLE t ()')).rejects.toThrow('permission denied');
  });

  it('serves as that role, with the password of PGPASSWORD', async () => {
    const authorization = `Bearer ${await issuer.token({ email: 'ana@example.com', email_verified: true })}`;
    await serve('second', async (url) => {
      const response = await fetch(`${url}/api/me`, { headers: { authorization } });
      expect([response.status, await response.json()]).toEqual([
        200,
        expect.objectContaining({ email: 'ana@example.com' }),
      ]);
    });
  });

  it.each(['dist/src/migrate.js', 'dist/src/db-roles.js'])('%s ends with 1 and says why', (file) => {
    expect(run(file, { PGPASSWORD: 'wrong' })).toEqual({ status: 1, printed: expect.stringContaining('password') });
    expect(run(file, { DATABASE_URL: '' })).toEqual({ status: 1, printed: expect.stringContaining('DATABASE_URL') });
  });
});
