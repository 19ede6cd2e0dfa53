/** `npm run docs:schema`: migrates a temporary database and writes docs/schema.md from its catalogs. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { migrate } from '../../src/database/migrate.js';
import { startPostgres } from '../../local/postgres.js';
import { serverAccessibleFolder } from '../../local/server-user.js';
import { readSchema } from './catalog.js';
import { schemaDocument } from './render.js';

const FILE = join(import.meta.dirname, '../../docs/schema.md');

const postgres = await startPostgres({
  folder: await mkdtemp(join(await serverAccessibleFolder(tmpdir()), 'lockin-schema-')),
  password: randomBytes(16).toString('hex'),
  temporary: true,
});
try {
  const url = postgres.url('postgres');
  await migrate({ DATABASE_URL: url });
  await writeFile(FILE, await renderSchema(url));
} finally {
  await postgres.stop();
}

async function renderSchema(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await schemaDocument(await readSchema(client), FILE);
  } finally {
    await client.end();
  }
}
