import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { CLUSTER_URL, EMPTY, TEMPLATE } from './cluster-names.js';

export interface TestDatabase {
  readonly url: string;
  readonly drop: () => Promise<void>;
}

/** A database of one's own, migrated and empty: one for every test file, so that files never meet. */
export async function createTestDatabase(options: { migrated?: boolean } = {}): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const template = options.migrated === false ? EMPTY : TEMPLATE;
  await onCluster(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  const url = new URL(clusterUrl());
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => onCluster(`DROP DATABASE ${name} WITH (FORCE)`) };
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
