import { setTimeout as after } from 'node:timers/promises';
import type pg from 'pg';

type Observer = Pick<pg.Client, 'query'> | Pick<pg.Pool, 'query'>;

/** How a statement stands: it has ended, or waits for a lock that another transaction holds. */
export type Standing = 'ended' | 'waiting';

const DEADLINE_MS = 10_000;

const BLOCKED = `
  SELECT count(*)::int AS blocked FROM pg_stat_activity
   WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0 AND ($1::int IS NULL OR pid = $1)`;

/** How many backends of the database wait for a lock; with a `pid`, whether that one does. */
export async function countWaiting(observer: Observer, pid: number | null = null): Promise<number> {
  const { rows } = await observer.query<{ blocked: number }>({ name: 'blocked', text: BLOCKED, values: [pid] });
  return rows[0]!.blocked;
}

/**
 * Resolves as soon as `work` ends or a backend waits for a lock: the one with this `pid`, else any beyond the `others`
 * that are known to wait.
 */
export async function standing(
  observer: Observer,
  work: Promise<unknown>,
  { pid = null, others = 0 }: { pid?: number | null; others?: number } = {},
): Promise<Standing> {
  const end = work.then(
    () => 'ended' as const,
    () => 'ended' as const,
  );
  for (const since = Date.now(); Date.now() - since < DEADLINE_MS;) {
    const waiting = (await countWaiting(observer, pid)) > others;
    // One turn of the event loop, so that an answer that has come counts before what was seen of the lock.
    const now = await Promise.race([end, after<Standing | undefined>(1, waiting ? 'waiting' : undefined)]);
    if (now !== undefined) return now;
  }
  throw new Error(`A statement neither ended nor waited for a lock within ${DEADLINE_MS} ms.`);
}

export async function pidOf(client: Pick<pg.Client, 'query'>): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]!.pid;
}

/** Holds locks in a transaction of its own until it is released, which changes nothing. */
export async function hold(client: pg.ClientBase, lock: string, values: unknown[] = []): Promise<() => Promise<void>> {
  await client.query('BEGIN');
  await client.query(lock, values);
  return async () => {
    await client.query('ROLLBACK');
  };
}

/** How many deadlocks PostgreSQL has resolved in this database, those included that these connections met just now. */
export async function deadlocksIn(observer: Observer, clients: readonly pg.ClientBase[]): Promise<number> {
  await Promise.all(clients.map((client) => client.query('SELECT pg_stat_force_next_flush()')));
  const { rows } = await observer.query<{ deadlocks: number }>(
    'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()',
  );
  return rows[0]!.deadlocks;
}
