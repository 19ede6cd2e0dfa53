import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { setClock } from './clock.js';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** An id that no row has. */
export const MISSING = '00000000-0000-4000-8000-000000000000';

export interface GroupOptions {
  id?: string;
  owner: string;
  members?: string[];
  startAt?: Date;
  endAt?: Date;
  timezone?: string;
  period?: 'daily' | 'weekly';
  target?: number;
}

/** Inserts profiles with nothing but an id. */
export async function insertPeople(client: pg.Client, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID());
  await client.query('INSERT INTO profiles (id) SELECT unnest($1::uuid[])', [ids]);
  return ids;
}

export async function insertPerson(client: pg.Client): Promise<string> {
  const [id] = await insertPeople(client, 1);
  return id!;
}

/** Inserts a group with plain INSERTs, like any client of the database. By default 60 minutes a day in UTC, 30 days before and after now. */
export async function insertGroup(client: pg.Client, options: GroupOptions): Promise<string> {
  const id = options.id ?? randomUUID();
  await client.query('BEGIN');
  await client.query(
    `INSERT INTO groups (id, owner_id, name, start_at, end_at, timezone, period, period_target_minutes)
     VALUES ($1, $2, 'Deep work', $3, $4, $5, $6, $7)`,
    [
      id,
      options.owner,
      options.startAt ?? new Date(Date.now() - 30 * DAY),
      options.endAt ?? new Date(Date.now() + 30 * DAY),
      options.timezone ?? 'UTC',
      options.period ?? 'daily',
      options.target ?? 60,
    ],
  );
  await client.query(`INSERT INTO group_members (group_id, user_id, role) VALUES ($1, $2, 'owner')`, [
    id,
    options.owner,
  ]);
  await client.query('INSERT INTO group_members (group_id, user_id) SELECT $1, unnest($2::uuid[])', [
    id,
    options.members ?? [],
  ]);
  await client.query('COMMIT');
  return id;
}

/** Ana owns the group, Ben is a member. */
export async function insertGroupOfTwo(client: pg.Client): Promise<{ ana: string; ben: string; group: string }> {
  const [ana, ben] = [await insertPerson(client), await insertPerson(client)];
  return { ana, ben, group: await insertGroup(client, { owner: ana, members: [ben] }) };
}

/** Calls a function of the API with the instant as its last argument: `at`, or the database's current time. */
export async function call<T = unknown>(
  client: pg.Client,
  name: string,
  values: readonly unknown[],
  at: Date | null = null,
): Promise<T> {
  if (at !== null) await setClock(client, at);
  const places = [...values.map((_, index) => `$${index + 1}`), `coalesce($${values.length + 1}, to_ms(now()))`];
  const text = `SELECT ${name}(${places.join(', ')}) AS result`;
  const { rows } = await client.query<{ result: T }>({ name, text, values: [...values, at] });
  return rows[0]!.result;
}
