import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { embeddedBinaries } from './postgres-binaries.js';
import { freePort, LOOPBACK } from './ports.js';
import { chownTo, createFolderFor, serverUserFor, type ServerUser } from './server-user.js';
import { stopStaleServer } from './stale-postgres.js';

export interface PostgresOptions {
  /** Contains the data directory and the log. The server's user must have access to it (serverAccessibleFolder). */
  readonly folder: string;
  readonly password: string;
  /** The preferred port; any free port is used if it is taken. */
  readonly port?: number;
  /** A folder with `initdb` and `postgres`; default: the embedded PostgreSQL. */
  readonly binaries?: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** Called with each step that may take a while. */
  readonly report?: (step: string) => void;
  /** Removes the folder when the server stops. */
  readonly temporary?: boolean;
}

export interface Postgres {
  readonly port: number;
  url(database: string): string;
  stop(): Promise<void>;
}

/**
 * Runs the server and stops it when standard input closes, which happens even if this process is killed by SIGKILL.
 * Arguments: the folder to remove afterwards or '', then the server's command line.
 */
const SUPERVISOR = `
  folder=$1; shift
  exec 3<&0
  "$@" </dev/null 3<&- &
  server=$!
  (read -r _ <&3; kill -INT $server) &
  wait $server; status=$?
  kill $! 2>/dev/null
  [ -z "$folder" ] || [ $status != 0 ] || rm -rf "$folder"
  exit $status`;

const START_TIMEOUT_MS = 60_000;

/** The prefix of the temporary folders that initdb writes to. */
const INITDB_PREFIX = 'initdb-';

/** Starts PostgreSQL; creates the data directory if it does not exist. */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { folder, password } = options;
  const data = join(folder, 'data');
  const binaries = options.binaries ?? (await embeddedBinaries(options.report));
  const user = await serverUserFor(data);
  if (!(await stat(data).catch(() => undefined))) {
    options.report?.('Creating the database, which only the first start does ...');
    await initializeData(options, binaries, user, data);
  }
  await stopStaleServer(data);

  const port = await freePort(options.port);
  const url = (database: string): string => `postgres://postgres:${password}@${LOOPBACK}:${port}/${database}`;
  const supervisor = await spawnServer(options, binaries, user, port);
  const stop = async (): Promise<void> => {
    if (supervisor.exitCode !== null || supervisor.signalCode !== null) return;
    supervisor.stdin?.end();
    await once(supervisor, 'exit');
    // The supervisor may lack the permission to remove the folder itself from its parent.
    if (options.temporary) await rm(folder, { recursive: true, force: true });
  };
  try {
    await waitUntilReady(supervisor, url('postgres'), join(folder, 'postgresql.log'));
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, url, stop };
}

/** Runs initdb in a temporary folder and renames it, so that the data directory is never incomplete. */
async function initializeData(
  options: PostgresOptions,
  binaries: string,
  user: ServerUser,
  data: string,
): Promise<void> {
  const { folder, password } = options;
  await createFolderFor(user, folder);
  // Remove what killed runs left behind. Errors are ignored: initdb may still be writing there.
  const stale = (await readdir(folder)).filter((name) => name.startsWith(INITDB_PREFIX));
  await Promise.allSettled(stale.map((name) => rm(join(folder, name), { recursive: true })));

  const temporary = await mkdtemp(join(folder, INITDB_PREFIX));
  const passwordFile = `${temporary}.password`;
  await writeFile(passwordFile, password, { mode: 0o600 });
  await Promise.all([temporary, passwordFile].map((path) => chownTo(user, path)));
  const initdb = join(binaries, 'initdb');
  await promisify(execFile)(
    initdb,
    [
      ...['-D', temporary, '-U', 'postgres', '-A', 'scram-sha-256', '--pwfile', passwordFile],
      ...['-E', 'UTF8', '--no-sync', '--no-instructions', ...(await localeFlags(initdb))],
    ],
    { ...user, cwd: '/', env: serverEnvironment() },
  );
  await rm(passwordFile);
  await rename(temporary, data);
}

/**
 * C.UTF-8, so that lower() and upper() handle Unicode letters on every platform: PostgreSQL's built-in locale from
 * version 17 on, the operating system's before.
 */
async function localeFlags(initdb: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)(initdb, ['--version']);
  const major = Number(/(\d+)/.exec(stdout)?.[1]);
  return major >= 17 ? ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : ['--locale=C.UTF-8'];
}

async function spawnServer(
  options: PostgresOptions,
  binaries: string,
  user: ServerUser,
  port: number,
): Promise<ChildProcess> {
  const { folder } = options;
  const settings = {
    port: String(port),
    listen_addresses: LOOPBACK,
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...options.settings,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const log = await open(join(folder, 'postgresql.log'), 'w');
  const server = [join(binaries, 'postgres'), '-D', join(folder, 'data'), ...flags];
  // Detached (own session), so that Ctrl-C does not stop the server before the API has shut down.
  const supervisor = spawn('sh', ['-c', SUPERVISOR, 'supervisor', options.temporary ? folder : '', ...server], {
    ...user,
    cwd: '/',
    env: serverEnvironment(),
    detached: true,
    stdio: ['pipe', log.fd, log.fd],
  });
  await log.close();
  return supervisor;
}

function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' };
}

async function waitUntilReady(supervisor: ChildProcess, url: string, log: string): Promise<void> {
  for (const start = Date.now(); Date.now() - start < START_TIMEOUT_MS; await sleep(20)) {
    if (supervisor.exitCode !== null) break;
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      return;
    } catch {
      // Not ready yet: retry.
    } finally {
      await client.end();
    }
  }
  const lastLines = (await readFile(log, 'utf8')).trim().split('\n').slice(-3).join('\n');
  throw new Error(`The local PostgreSQL did not start. Last lines of ${log}:\n${lastLines}`);
}
