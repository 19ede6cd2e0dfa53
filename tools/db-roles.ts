/** `npm run db:roles`: creates the roles of database/roles.sql and their grants, connected as the owner of the tables. */
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { connectionOptions } from '../src/database/connection.js';

const { DATABASE_URL, PGSSLMODE, PGSSLROOTCERT } = process.env;
if (!DATABASE_URL) {
  console.error('DATABASE_URL is not set. Set it to the migrated database, with the role that owns the tables.');
  process.exit(1);
}
const tls = { ...(PGSSLMODE && { PGSSLMODE }), ...(PGSSLROOTCERT && { PGSSLROOTCERT }) };
const client = new pg.Client(connectionOptions(DATABASE_URL, tls));
try {
  await client.connect();
  await client.query(readFileSync(new URL('../database/roles.sql', import.meta.url), 'utf8'));
  console.log(
    'Granted the privileges of lockin_api and lockin_reader. Set their passwords with ALTER ROLE ... PASSWORD.',
  );
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
} finally {
  await client.end();
}
