import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { migrate } from '../../src/database/migrate.js';
import { startPostgres, type Postgres } from '../../src/local/postgres.js';
import { reachableByServer } from '../../src/local/server-user.js';
import { CLUSTER_URL, TEMPLATE } from './cluster-names.js';

/** Nothing here outlives the run, so nothing waits for a disk. */
const FAST = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '200',
  autovacuum: 'off',
};

let cluster: Postgres | undefined;

/** One PostgreSQL for the whole run: the embedded one, or the binaries in TEST_PG_BIN. */
export async function startCluster(): Promise<void> {
  cluster = await startPostgres({
    folder: await mkdtemp(join(await reachableByServer(tmpdir()), 'lockin-test-')),
    binaries: process.env['TEST_PG_BIN'],
    password: randomBytes(16).toString('hex'),
    settings: FAST,
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
    await client.query(`CREATE DATABASE ${TEMPLATE}`);
    await migrate({ DATABASE_URL: postgres.url(TEMPLATE) });
    await client.query(`ALTER DATABASE ${TEMPLATE} IS_TEMPLATE true ALLOW_CONNECTIONS false`);
  } finally {
    await client.end();
  }
}
