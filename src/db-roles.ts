/**
 * `npm run db:roles`, in the image `node dist/src/db-roles.js`: creates the roles of database/roles.sql and their grants,
 * connected as the owner of the tables, and sets the password of the API's role if LOCKIN_API_PASSWORD names one.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { projectFolder } from './config/project-folder.js';
import { connectionOptions } from './database/connection.js';
import { reasonOf } from './database/database-errors.js';

const { DATABASE_URL, LOCKIN_API_PASSWORD } = process.env;
if (!DATABASE_URL) {
  console.error('DATABASE_URL is not set. Set it to the migrated database, with the role that owns the tables.');
  process.exit(1);
}
const client = new pg.Client(connectionOptions(DATABASE_URL, process.env));
try {
  await client.connect();
  await client.query(readFileSync(join(projectFolder(import.meta.dirname), 'database/roles.sql'), 'utf8'));
  console.log('Granted the privileges of lockin_api and lockin_reader.');
  if (LOCKIN_API_PASSWORD) {
    await client.query(`ALTER ROLE lockin_api PASSWORD ${client.escapeLiteral(LOCKIN_API_PASSWORD)}`);
    console.log('Set the password of lockin_api.');
  } else {
    console.log('Set their passwords with ALTER ROLE ... PASSWORD.');
  }
} catch (error) {
  console.error(reasonOf(error));
  process.exitCode = 1;
} finally {
  await client.end();
}
