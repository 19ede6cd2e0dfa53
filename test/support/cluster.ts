import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { migrate } from '../../src/database/migrate.js';
import { startPostgres, type Postgres } from '../../local/postgres.js';
import { serverAccessibleFolder } from '../../local/server-user.js';
import { CLUSTER_URL, EMPTY, TEMPLATE } from './cluster-names.js';
import { grantRoles } from './roles.js';
import { testServerBinaries } from './cluster-server.js';

/** The cluster is temporary, so durability is off. */
const FAST = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '200',
  autovacuum: 'off',
};

let cluster: Postgres | undefined;

/** Starts one PostgreSQL for the whole run. docs/testing.md describes its settings. */
export async function startCluster(): Promise<void> {
  cluster = await startPostgres({
    folder: await mkdtemp(join(await serverAccessibleFolder(tmpdir()), 'lockin-test-')),
    binaries: await testServerBinaries(),
    password: randomBytes(16).toString('hex'),
    settings: { ...FAST, timezone: process.env['TEST_PG_TIMEZONE'] ?? 'UTC' },
    temporary: true,
  });
  try {
    await makeTemplate(cluster);
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  process.env[CLUSTER_URL] = cluster.url('postgres');
}

export async function stopCluster(): Promise<void> {
  await cluster?.stop();
}

async function makeTemplate(postgres: Postgres): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.url('postgres') });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${TEMPLATE} TEMPLATE ${EMPTY}`);
    await announce(client);
    await installSchema(postgres.url(TEMPLATE));
    await grantRoles(postgres.url(TEMPLATE));
    await client.query(`ALTER DATABASE ${TEMPLATE} IS_TEMPLATE true ALLOW_CONNECTIONS false`);
  } finally {
    await client.end();
  }
}

/** Migrates, or runs the script TEST_SCHEMA: the schema of a later version (docs/upgrades.md). */
async function installSchema(url: string): Promise<void> {
  const script = process.env['TEST_SCHEMA'];
  if (!script) {
    await migrate({ DATABASE_URL: url });
    return;
  }
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(await readFile(script, 'utf8'));
  } finally {
    await client.end();
  }
}

/** Prints the exact server version, locale and time zone. */
async function announce(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ server: string }>(
    `SELECT format('PostgreSQL %s, locale %s, time zone %s', current_setting('server_version'),
                   coalesce('ICU ' || $1, 'default'), current_setting('TimeZone')) AS server`,
    [process.env['TEST_PG_ICU_LOCALE']],
  );
  process.stderr.write(`Tests run on ${rows[0]?.server ?? ''}.\n`);
}
