import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { stopLeftover } from './postgres-leftover.js';
import { embeddedBinaries } from './postgres-binaries.js';
import { freePort, LOOPBACK } from './ports.js';
import { giveTo, makeFolderFor, serverUserFor, type ServerUser } from './server-user.js';

export interface PostgresOptions {
  /** Keeps the data and the log; at a place that the server's user reaches (reachableByServer). */
  readonly folder: string;
  readonly password: string;
  /** The port it had last time; another one is found if somebody else took it. */
  readonly port?: number;
  /** A folder with `initdb` and `postgres`; the embedded ones otherwise. */
  readonly binaries?: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** The folder goes when the server does. */
  readonly temporary?: boolean;
}

export interface Postgres {
  readonly port: number;
  url(database: string): string;
  stop(): Promise<void>;
}

/**
 * Stands between us and the server, so that no server outlives us, not even after `kill -9`: its standard input ends
 * with our process, and then it stops the server. Arguments: the folder to remove afterwards or '', then the command.
 */
const KEEPER = `
  discard=$1; shift
  exec 3<&0
  "$@" </dev/null 3<&- &
  server=$!
  (read -r _ <&3; kill -INT $server) &
  wait $server; status=$?
  kill $! 2>/dev/null
  [ -z "$discard" ] || [ $status != 0 ] || rm -rf "$discard"
  exit $status`;

const START_LIMIT_MS = 60_000;

/** How the folders that initdb is filling are called. */
const PART = 'initdb-';

/** Starts the PostgreSQL that lives in a folder, and makes it first if it is not there. */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { folder, password } = options;
  const data = join(folder, 'data');
  const binaries = options.binaries ?? (await embeddedBinaries());
  const user = await serverUserFor(data);
  if (!(await stat(data).catch(() => undefined))) await initialise(options, binaries, user, data);
  await stopLeftover(data);

  const port = await freePort(options.port);
  const url = (database: string): string => `postgres://postgres:${password}@${LOOPBACK}:${port}/${database}`;
  const keeper = await launch(options, binaries, user, port);
  const stop = async (): Promise<void> => {
    if (keeper.exitCode !== null || keeper.signalCode !== null) return;
    keeper.stdin?.end();
    await once(keeper, 'exit');
    // The keeper empties the folder, but may not be allowed to take it out of its parent.
    if (options.temporary) await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(keeper, url('postgres'), join(folder, 'postgresql.log'));
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, url, stop };
}

/** Fills a folder of its own and moves it, so that data are either whole or not there. */
async function initialise(options: PostgresOptions, binaries: string, user: ServerUser, data: string): Promise<void> {
  const { folder, password } = options;
  await makeFolderFor(user, folder);
  // What a run that was killed left, whose initdb may still be writing: it gets out of the way by itself.
  const stale = (await readdir(folder)).filter((name) => name.startsWith(PART));
  await Promise.allSettled(stale.map((name) => rm(join(folder, name), { recursive: true })));

  const part = await mkdtemp(join(folder, PART));
  const passwordFile = `${part}.password`;
  await writeFile(passwordFile, password, { mode: 0o600 });
  await Promise.all([part, passwordFile].map((path) => giveTo(user, path)));
  const initdb = join(binaries, 'initdb');
  await promisify(execFile)(
    initdb,
    [
      ...['-D', part, '-U', 'postgres', '-A', 'scram-sha-256', '--pwfile', passwordFile],
      ...['-E', 'UTF8', '--no-sync', '--no-instructions', ...(await localeFlags(initdb))],
    ],
    { ...user, cwd: '/', env: serverEnvironment() },
  );
  await rm(passwordFile);
  await rename(part, data);
}

/** Unicode letters have a case on every machine: the built-in locale where there is one, the system's before that. */
async function localeFlags(initdb: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)(initdb, ['--version']);
  const major = Number(/(\d+)/.exec(stdout)?.[1]);
  return major >= 17 ? ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : ['--locale=C.UTF-8'];
}

async function launch(
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
  // A session of its own: the terminal's Ctrl-C must not stop the server before the API has finished.
  const keeper = spawn('sh', ['-c', KEEPER, 'keeper', options.temporary ? folder : '', ...server], {
    ...user,
    cwd: '/',
    env: serverEnvironment(),
    detached: true,
    stdio: ['pipe', log.fd, log.fd],
  });
  await log.close();
  return keeper;
}

function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' };
}

async function untilReady(keeper: ChildProcess, url: string, log: string): Promise<void> {
  for (const since = Date.now(); Date.now() - since < START_LIMIT_MS; await sleep(20)) {
    if (keeper.exitCode !== null) break;
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      return;
    } catch {
      // Not yet.
    } finally {
      await client.end();
    }
  }
  const lastWords = (await readFile(log, 'utf8')).trim().split('\n').slice(-3).join('\n');
  throw new Error(`The local PostgreSQL did not start. It said (${log}):\n${lastWords}`);
}
