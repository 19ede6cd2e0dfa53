import type pg from 'pg';
import { errorCode } from './connections.js';

export type Command = (client: pg.Client) => Promise<unknown>;

/** Two connections with overlapping transactions, and one that observes whether the second waits for a lock. */
export interface OverlapClients {
  first: pg.Client;
  second: pg.Client;
  observer: pg.Client;
}

/**
 * Runs `one` in a transaction that stays open until `two`, in a transaction on the other connection, has ended or waits
 * for a lock. Returns the error code of each, undefined for a commit.
 */
export async function overlap(
  { first, second, observer }: OverlapClients,
  one: Command,
  two: Command,
): Promise<[one: string | undefined, two: string | undefined]> {
  await first.query('BEGIN');
  await one(first);
  const secondError = errorCode(inTransaction(second, two));
  const ended = secondError.then(() => true);
  while (!(await Promise.race([ended, isBlocked(observer, second)])));
  const firstError = await errorCode(first.query('COMMIT'));
  return [firstError, await secondError];
}

async function inTransaction(client: pg.Client, command: Command): Promise<void> {
  await client.query('BEGIN');
  try {
    await command(client);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

async function isBlocked(observer: pg.Client, client: pg.Client): Promise<boolean> {
  const { processID } = client as unknown as { processID: number };
  const text = 'SELECT cardinality(pg_blocking_pids($1)) > 0 AS blocked';
  const { rows } = await observer.query<{ blocked: boolean }>(text, [processID]);
  return rows[0]!.blocked;
}
