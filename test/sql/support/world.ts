import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { setClock } from './clock.js';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** The id of nothing. */
export const MISSING = '00000000-0000-4000-8000-000000000000';

export interface GroupWishes {
  id?: string;
  owner: string;
  members?: string[];
  startAt?: Date;
  endAt?: Date;
  timezone?: string;
  period?: 'daily' | 'weekly';
  target?: number;
}

/** People without more than an id. */
export async function people(client: pg.Client, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID());
  await client.query('INSERT INTO profiles (id) SELECT unnest($1::uuid[])', [ids]);
  return ids;
}

/** One person, for tests that need just somebody. */
export async function person(client: pg.Client): Promise<string> {
  const [id] = await people(client, 1);
  return id!;
}

/** A group of 60 minutes a day in UTC around now, unless said otherwise; by plain INSERTs, as any client may do. */
export async function group(client: pg.Client, wishes: GroupWishes): Promise<string> {
  const id = wishes.id ?? randomUUID();
  await client.query('BEGIN');
  await client.query(
    `INSERT INTO groups (id, owner_id, name, start_at, end_at, timezone, period, period_target_minutes)
     VALUES ($1, $2, 'Deep work', $3, $4, $5, $6, $7)`,
    [
      id,
      wishes.owner,
      wishes.startAt ?? new Date(Date.now() - 30 * DAY),
      wishes.endAt ?? new Date(Date.now() + 30 * DAY),
      wishes.timezone ?? 'UTC',
      wishes.period ?? 'daily',
      wishes.target ?? 60,
    ],
  );
  await client.query(`INSERT INTO group_members (group_id, user_id, role) VALUES ($1, $2, 'owner')`, [
    id,
    wishes.owner,
  ]);
  await client.query('INSERT INTO group_members (group_id, user_id) SELECT $1, unnest($2::uuid[])', [
    id,
    wishes.members ?? [],
  ]);
  await client.query('COMMIT');
  return id;
}

/** Ana's group, and Ben in it. */
export async function aClub(client: pg.Client): Promise<{ ana: string; ben: string; club: string }> {
  const [ana, ben] = [await person(client), await person(client)];
  return { ana, ben, club: await group(client, { owner: ana, members: [ben] }) };
}

/** Asks one of the functions that the API calls, at the database's own time unless another one is given. */
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
