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

/** The one place of the settings that docs/deployment.md recommends. */
const SETTINGS_FILE = 'database/postgresql.conf';

const began = performance.now();
const seconds = (since: number): string => ((performance.now() - since) / 1_000).toFixed(0);
const stamp = (): string => seconds(began).padStart(4);
export const say = (what: string): void => console.log(`${stamp()} s  ${what}`);

export type During = <T>(what: string, work: (progress: (share: number) => void) => Promise<T>) => Promise<T>;

/** Says what is done, and every two seconds that it still is, or how far it has come. */
export const during: During = async (what, work) => {
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

/** Stops what was started, the last first; also when somebody interrupts. */
export const stops: (() => unknown)[] = [];

let stopping: Promise<void> | undefined;

function stopAll(): Promise<void> {
  stopping ??= (async () => {
    for (let stop = stops.pop(); stop; stop = stops.pop()) await stop();
  })();
  return stopping;
}

/** The recommended settings: lines of `name = value`, and comments. */
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
  /** One more migrated database of the same server. */
  another(name: string): Promise<BenchDatabase>;
}

/** A migrated database of its own; `binaries` is a folder with `initdb` and `postgres`, the embedded ones otherwise. */
export async function startDatabase(binaries?: string): Promise<BenchServer> {
  const settings = await recommendedSettings();
  const postgres = await startPostgres({
    folder: await mkdtemp(join(await serverAccessibleFolder(tmpdir()), 'lockin-bench-')),
    binaries,
    password: randomBytes(16).toString('hex'),
    settings,
    temporary: true,
  });
  stops.push(() => postgres.stop());
  const another = (name: string): Promise<BenchDatabase> => create(postgres, name);
  const { url, client } = await another('lockin');
  const { rows } = await client.query<{ pid: number; version: string }>(
    "SELECT pg_backend_pid() AS pid, current_setting('server_version') AS version",
  );
  const { pid = 0, version = '' } = rows[0] ?? {};
  const list = Object.entries(settings).map(([name, value]) => `${name} ${value}`);
  say(`PostgreSQL ${version} runs with ${SETTINGS_FILE}: ${list.join(', ')}`);
  return { url, client, version, postmaster: (await parentOf(pid)) ?? 0, another };
}

async function create(postgres: { url(database: string): string }, name: string): Promise<BenchDatabase> {
  const admin = new pg.Client({ connectionString: postgres.url('postgres') });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.end();
  const url = postgres.url(name);
  await migrate({ DATABASE_URL: url });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  stops.push(() => client.end());
  return { url, client };
}

/** Whatever comes of it, what was started is stopped. */
export async function run(bench: () => Promise<void>): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      console.error(`Stopping, as ${signal} asks.`);
      void stopAll().finally(() => process.exit(130));
    });
  }
  try {
    await bench();
  } catch (error) {
    // Once everything is being stopped, failures are no news.
    if (!stopping) console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  } finally {
    await stopAll();
  }
}
