import type pg from 'pg';
import { refusalOf } from './connections.js';

export type Work = (client: pg.Client) => Promise<unknown>;

/** Three connections: two that meet, and one that watches for the second to wait for a lock. */
export interface Meeting {
  first: pg.Client;
  second: pg.Client;
  watcher: pg.Client;
}

/**
 * Runs `one` in a transaction that stays open until `two`, in a transaction of its own on the other connection, has ended
 * or waits for a lock. Returns how each was refused, undefined for what committed.
 */
export async function overlap(
  { first, second, watcher }: Meeting,
  one: Work,
  two: Work,
): Promise<[one: string | undefined, two: string | undefined]> {
  await first.query('BEGIN');
  await one(first);
  const late = refusalOf(inTransaction(second, two));
  const ended = late.then(() => true);
  while (!(await Promise.race([ended, isBlocked(watcher, second)])));
  const early = await refusalOf(first.query('COMMIT'));
  return [early, await late];
}

async function inTransaction(client: pg.Client, work: Work): Promise<void> {
  await client.query('BEGIN');
  try {
    await work(client);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

async function isBlocked(watcher: pg.Client, client: pg.Client): Promise<boolean> {
  const { processID } = client as unknown as { processID: number };
  const text = 'SELECT cardinality(pg_blocking_pids($1)) > 0 AS blocked';
  const { rows } = await watcher.query<{ blocked: boolean }>(text, [processID]);
  return rows[0]!.blocked;
}
