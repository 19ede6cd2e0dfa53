import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { join } from 'node:path';
import pg from 'pg';
import { readSchema } from '../../tools/schema/catalog.js';
import { schemaDocument } from '../../tools/schema/render.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { ROOT, textOf } from './support/tree.js';

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

it('docs/schema.md is the picture of the migrated tables (npm run docs:schema writes it)', async () => {
  const file = 'docs/schema.md';
  expect(textOf(file)).toBe(await schemaDocument(await readSchema(client), join(ROOT, file)));
});
