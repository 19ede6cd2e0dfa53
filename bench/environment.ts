import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { migrate } from '../src/database/migrate.js';
import { startPostgres } from '../local/postgres.js';
import { serverAccessibleFolder } from '../local/server-user.js';
import { parentOf } from './usage.js';

export const ROOT = join(import.meta.dirname, '..');

/** The settings that docs/deployment.md recommends. */
const SETTINGS_FILE = 'database/postgresql.conf';

const startedAt = performance.now();
const seconds = (since: number): string => ((performance.now() - since) / 1_000).toFixed(0);
const stamp = (): string => seconds(startedAt).padStart(4);
export const log = (what: string): void => console.log(`${stamp()} s  ${what}`);

export type WithProgress = <T>(what: string, work: (progress: (share: number) => void) => Promise<T>) => Promise<T>;

/** Prints the name of a step, its progress every two seconds, and its duration. */
export const withProgress: WithProgress = async (what, work) => {
  const since = performance.now();
  let share: number | undefined;
  process.stdout.write(`${stamp()} s  ${what}`);
  const timer = setInterval(() => {
    process.stdout.write(share === undefined ? ' .' : ` ${(share * 100).toFixed(0)} %`);
  }, 2_000);
  try {
    return await work((done) => (share = done));
  } finally {
    clearInterval(timer);
    process.stdout.write(` (${seconds(since)} s)\n`);
  }
};

/** Run in reverse order at the end, also after SIGINT or SIGTERM. */
export const cleanups: (() => unknown)[] = [];

let cleanup: Promise<void> | undefined;

function cleanUp(): Promise<void> {
  cleanup ??= (async () => {
    for (let next = cleanups.pop(); next; next = cleanups.pop()) await next();
  })();
  return cleanup;
}

/** Reads the lines `name = value` of the settings file. */
export async function recommendedSettings(): Promise<Record<string, string>> {
  const text = await readFile(join(ROOT, SETTINGS_FILE), 'utf8');
  return Object.fromEntries(
    [...text.matchAll(/^(\w+) = (\S+)$/gm)].map(([, name, value]) => [name ?? '', value ?? '']),
  );
}

export interface BenchDatabase {
  readonly url: string;
  readonly client: pg.Client;
}

export interface BenchServer extends BenchDatabase {
  readonly version: string;
  readonly postmaster: number;
  /** Creates and migrates another database on the same server. */
  createDatabase(name: string): Promise<BenchDatabase>;
}

/** Starts a temporary server with a migrated database. `binaries` is a folder with `initdb` and `postgres`. */
export async function startDatabase(binaries?: string): Promise<BenchServer> {
  const settings = await recommendedSettings();
  const postgres = await startPostgres({
    folder: await mkdtemp(join(await serverAccessibleFolder(tmpdir()), 'lockin-bench-')),
    binaries,
    password: randomBytes(16).toString('hex'),
    settings,
    temporary: true,
  });
  cleanups.push(() => postgres.stop());
  const createDatabase = (name: string): Promise<BenchDatabase> => createMigratedDatabase(postgres, name);
  const { url, client } = await createDatabase('lockin');
  const { rows } = await client.query<{ pid: number; version: string }>(
    "SELECT pg_backend_pid() AS pid, current_setting('server_version') AS version",
  );
  const { pid = 0, version = '' } = rows[0] ?? {};
  const list = Object.entries(settings).map(([name, value]) => `${name} ${value}`);
  log(`PostgreSQL ${version} runs with ${SETTINGS_FILE}: ${list.join(', ')}`);
  return { url, client, version, postmaster: (await parentOf(pid)) ?? 0, createDatabase };
}

async function createMigratedDatabase(
  postgres: { url(database: string): string },
  name: string,
): Promise<BenchDatabase> {
  const admin = new pg.Client({ connectionString: postgres.url('postgres') });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.end();
  const url = postgres.url(name);
  await migrate({ DATABASE_URL: url });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  cleanups.push(() => client.end());
  return { url, client };
}

/** Runs a benchmark and cleans up afterwards, also after an error or signal. */
export async function run(bench: () => Promise<void>): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      console.error(`Received ${signal}, stopping.`);
      void cleanUp().finally(() => process.exit(130));
    });
  }
  try {
    await bench();
  } catch (error) {
    // Errors during the clean-up after a signal are expected.
    if (!cleanup) console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  } finally {
    await cleanUp();
  }
}
