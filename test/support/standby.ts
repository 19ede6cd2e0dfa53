import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { type Postgres, startPostgres } from '../../local/postgres.js';
import { chownTo, createFolderFor, serverAccessibleFolder, serverUserFor } from '../../local/server-user.js';
import type { Server } from './server.js';

/** Starts a synchronous hot standby: every acknowledged commit is on both servers. */
export async function startStandby(primary: Server): Promise<Postgres> {
  const folder = await mkdtemp(join(await serverAccessibleFolder(tmpdir()), 'lockin-standby-'));
  const user = await serverUserFor(join(primary.folder, 'data'));
  await createFolderFor(user, folder);
  const data = join(folder, 'data');
  const label = await copyOnline(primary, data);
  await rm(join(data, 'postmaster.pid'));
  for (const [name, text] of Object.entries({ backup_label: label, 'standby.signal': '' })) {
    await writeFile(join(data, name), text);
    await chownTo(user, join(data, name));
  }
  const { hostname, port, username, password } = new URL(primary.url('postgres'));
  const standby = await startPostgres({
    folder,
    binaries: process.env['TEST_PG_BIN'],
    password,
    settings: {
      fsync: 'off',
      primary_conninfo: `host=${hostname} port=${port} user=${username} password=${password}`,
    },
    temporary: true,
  });
  await primary.query("ALTER SYSTEM SET synchronous_standby_names = '*'");
  await primary.query('SELECT pg_reload_conf()');
  const isSynchronous = "SELECT FROM pg_stat_replication WHERE sync_state = 'sync'";
  while ((await primary.query(isSynchronous)).length === 0) await after(50);
  return standby;
}

/** Does what pg_basebackup does, which the npm packages lack. */
async function copyOnline(primary: Server, target: string): Promise<string> {
  const client = new pg.Client({ connectionString: primary.url('postgres') });
  await client.connect();
  try {
    await client.query("SELECT pg_backup_start('standby', true)");
    await promisify(execFile)('cp', ['-a', join(primary.folder, 'data'), target]);
    const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(false)');
    return rows[0]!.labelfile;
  } finally {
    await client.end();
  }
}

/** Like a power failure: no shutdown, no notification of clients. */
export async function kill(server: Server): Promise<void> {
  const [pid] = (await readFile(join(server.folder, 'data/postmaster.pid'), 'utf8')).split('\n');
  process.kill(Number(pid), 'SIGKILL');
}
