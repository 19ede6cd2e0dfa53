import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../../local/ports.js';
import { chownTo, createFolderFor, serverAccessibleFolder, serverUserFor } from '../../local/server-user.js';
import { query } from './server.js';

export interface PgBouncer {
  /** A URL of the database behind it. */
  readonly url: string;
  stop(): Promise<void>;
}

export interface Binary {
  readonly path: string;
  readonly version: string;
  /** Whether this version can carry named statements in transaction mode. */
  readonly carriesNames: boolean;
}

/** The binaries in PGBOUNCER, separated by colons; else the one on the PATH or in Debian's directory. */
export async function pgBouncers(): Promise<Binary[]> {
  const { PGBOUNCER, PATH = '' } = process.env;
  const places = PGBOUNCER?.split(':') ?? [...PATH.split(':'), '/usr/sbin'].map((folder) => join(folder, 'pgbouncer'));
  const found: Binary[] = [];
  for (const path of new Set(places)) {
    if (
      PGBOUNCER === undefined &&
      !(await access(path).then(
        () => true,
        () => false,
      ))
    )
      continue;
    const { stdout } = await promisify(execFile)(path, ['--version']);
    const [, version = '', minor] = /PgBouncer (1\.(\d+)[.\d]*)/.exec(stdout) ?? [];
    found.push({ path, version, carriesNames: Number(minor) >= 21 });
  }
  return found;
}

/** Starts PgBouncer in transaction mode for one database, with few server connections, so that clients share them. */
export async function startPgBouncer(
  { path }: Binary,
  databaseUrl: string,
  settings: Record<string, string | number> = {},
): Promise<PgBouncer> {
  const target = new URL(databaseUrl);
  const database = target.pathname.slice(1);
  const port = await freePort();
  const folder = await mkdtemp(join(await serverAccessibleFolder(tmpdir()), 'lockin-pgbouncer-'));
  const user = await serverUserFor(folder);
  await createFolderFor(user, folder);
  const options = {
    pool_mode: 'transaction',
    default_pool_size: 5,
    listen_addr: '127.0.0.1',
    listen_port: port,
    ...settings,
  };
  const server = `host=${target.hostname} port=${target.port} user=${target.username} password=${target.password}`;
  const lines = Object.entries({ auth_type: 'any', unix_socket_dir: '', ...options }).map((pair) => pair.join(' = '));
  const file = join(folder, 'pgbouncer.ini');
  await writeFile(file, ['[databases]', `${database} = ${server}`, '[pgbouncer]', ...lines, ''].join('\n'));
  await chownTo(user, file);
  const child = spawn(path, ['-q', file], { ...user, cwd: '/', stdio: 'ignore' });
  const exited = once(child, 'exit');
  const url = `postgres://postgres@127.0.0.1:${port}/${database}`;
  const stop = async (): Promise<void> => {
    child.kill('SIGINT');
    await exited;
    await rm(folder, { recursive: true });
  };
  while (
    !(await query(url, 'SELECT 1').then(
      () => true,
      () => false,
    ))
  ) {
    if (child.exitCode !== null) throw new Error('PgBouncer did not start');
    await after(50);
  }
  return { url, stop };
}
