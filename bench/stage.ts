import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { migrate } from '../src/database/migrate.js';
import { startPostgres } from '../src/local/postgres.js';
import { reachableByServer } from '../src/local/server-user.js';
import { parentOf } from './usage.js';

const DATABASE = 'lockin';

/** As a production server of modest size is set; nothing is bought by trusting the disk less. */
const POSTGRES_SETTINGS = { shared_buffers: '512MB', max_wal_size: '4GB', max_connections: '60' };

const began = performance.now();
export const say = (what: string): void =>
  console.log(`${((performance.now() - began) / 1_000).toFixed(0).padStart(4)} s  ${what}`);

/** Stops what was started, the last first; also when somebody interrupts. */
export const stops: (() => unknown)[] = [];

let stopping: Promise<void> | undefined;

function stopAll(): Promise<void> {
  stopping ??= (async () => {
    for (let stop = stops.pop(); stop; stop = stops.pop()) await stop();
  })();
  return stopping;
}

/** A migrated database of its own; `binaries` is a folder with `initdb` and `postgres`, the embedded ones otherwise. */
export async function startDatabase(
  binaries?: string,
): Promise<{ url: string; client: pg.Client; postmaster: number }> {
  const postgres = await startPostgres({
    folder: await mkdtemp(join(await reachableByServer(tmpdir()), 'lockin-bench-')),
    binaries,
    password: randomBytes(16).toString('hex'),
    settings: POSTGRES_SETTINGS,
    temporary: true,
  });
  stops.push(() => postgres.stop());
  const admin = new pg.Client({ connectionString: postgres.url('postgres') });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${DATABASE}`);
  await admin.end();
  const url = postgres.url(DATABASE);
  await migrate({ DATABASE_URL: url });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  stops.push(() => client.end());
  const { rows } = await client.query<{ pid: number; version: string }>(
    "SELECT pg_backend_pid() AS pid, current_setting('server_version') AS version",
  );
  say(`PostgreSQL ${rows[0]?.version} runs and is migrated`);
  return { url, client, postmaster: (await parentOf(rows[0]?.pid ?? 0)) ?? 0 };
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
