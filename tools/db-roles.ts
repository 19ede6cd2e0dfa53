/** `npm run db:roles`: grants what the roles of database/roles.sql may do, as the owner that DATABASE_URL names. */
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { connectionOptions } from '../src/database/connection.js';

const { DATABASE_URL, PGSSLMODE, PGSSLROOTCERT } = process.env;
if (!DATABASE_URL) {
  console.error('Set DATABASE_URL to the migrated database, as the role that owns its tables.');
  process.exit(1);
}
const tls = { ...(PGSSLMODE && { PGSSLMODE }), ...(PGSSLROOTCERT && { PGSSLROOTCERT }) };
const client = new pg.Client(connectionOptions(DATABASE_URL, tls));
try {
  await client.connect();
  await client.query(readFileSync(new URL('../database/roles.sql', import.meta.url), 'utf8'));
  console.log(
    'lockin_api may read and write rows, lockin_reader may read the races. Give each a password: ALTER ROLE ...',
  );
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
} finally {
  await client.end();
}
