import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { migrate } from '../../src/database/migrate.js';
import { CLUSTER_URL, EMPTY, TEMPLATE } from './cluster-names.js';
import { API_ROLE, asRole, grantRoles } from './roles.js';

export interface TestDatabaseOptions {
  /** False leaves the database empty. */
  readonly migrated?: boolean;
  /** The ICU locale of the database, instead of the cluster's locale. */
  readonly icuLocale?: string;
}

export interface TestDatabase {
  /** As the owner of the tables, a superuser. */
  readonly url: string;
  /** As the role that the API runs as. */
  readonly apiUrl: string;
  readonly drop: () => Promise<void>;
}

/** Creates a migrated database without rows. Each test file has its own. */
export async function createTestDatabase({
  migrated = true,
  icuLocale,
}: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const copied = migrated && icuLocale === undefined;
  const empty = icuLocale === undefined ? EMPTY : `template0 LOCALE_PROVIDER icu ICU_LOCALE '${icuLocale}' LOCALE 'C'`;
  await onCluster(`CREATE DATABASE ${name} TEMPLATE ${copied ? TEMPLATE : empty}`);
  const url = new URL(clusterUrl());
  url.pathname = `/${name}`;
  if (migrated && !copied) {
    await migrate({ DATABASE_URL: url.href });
    await grantRoles(url.href);
  }
  return { url: url.href, apiUrl: asRole(url, API_ROLE), drop: () => onCluster(`DROP DATABASE ${name} WITH (FORCE)`) };
}

async function onCluster(command: string): Promise<void> {
  const client = new pg.Client({ connectionString: clusterUrl() });
  await client.connect();
  try {
    await client.query(command);
  } finally {
    await client.end();
  }
}

function clusterUrl(): string {
  const url = process.env[CLUSTER_URL];
  if (!url) throw new Error('No cluster: tests are run by `npm test`, which starts one (test/support/cluster.ts).');
  return url;
}
