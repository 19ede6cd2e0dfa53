import { readFileSync } from 'node:fs';
import pg from 'pg';

export const API_ROLE = 'lockin_api';
export const READER_ROLE = 'lockin_reader';

/** Of all roles of the temporary cluster. */
const PASSWORD = 'test';

/** Grants the roles like `npm run db:roles`, and sets their passwords. */
export async function grantRoles(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(readFileSync(new URL('../../database/roles.sql', import.meta.url), 'utf8'));
    for (const role of [API_ROLE, READER_ROLE]) await client.query(`ALTER ROLE ${role} PASSWORD '${PASSWORD}'`);
  } finally {
    await client.end();
  }
}

export function asRole(url: string | URL, role: string): string {
  const own = new URL(url);
  own.username = role;
  own.password = PASSWORD;
  return own.href;
}
