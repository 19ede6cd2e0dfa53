import { setTimeout as after } from 'node:timers/promises';
import type pg from 'pg';

type Observer = Pick<pg.Client, 'query'> | Pick<pg.Pool, 'query'>;

/** The state of a statement: it has ended, or waits for a lock. */
export type LockState = 'ended' | 'waiting';

const DEADLINE_MS = 30_000;

const BLOCKED = `
  SELECT count(*)::int AS blocked FROM pg_stat_activity
   WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0 AND ($1::int IS NULL OR pid = $1)`;

/** The number of backends that wait for a lock; with `pid`, 1 if that backend does. */
export async function countWaiting(observer: Observer, pid: number | null = null): Promise<number> {
  const { rows } = await observer.query<{ blocked: number }>({ name: 'blocked', text: BLOCKED, values: [pid] });
  return rows[0]!.blocked;
}

/** Resolves when `work` ends or a backend waits for a lock: the one with `pid`, or one more than the `others`. */
export async function untilEndedOrWaiting(
  observer: Observer,
  work: Promise<unknown>,
  { pid = null, others = 0 }: { pid?: number | null; others?: number } = {},
): Promise<LockState> {
  const end = work.then(
    () => 'ended' as const,
    () => 'ended' as const,
  );
  for (const since = Date.now(); Date.now() - since < DEADLINE_MS;) {
    const waiting = (await countWaiting(observer, pid)) > others;
    // Waits one turn of the event loop: a response that has arrived takes precedence over the lock.
    const now = await Promise.race([end, after<LockState | undefined>(1, waiting ? 'waiting' : undefined)]);
    if (now !== undefined) return now;
  }
  throw new Error(`A statement neither ended nor waited for a lock within ${DEADLINE_MS} ms.`);
}

export async function pidOf(client: Pick<pg.Client, 'query'>): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]!.pid;
}

/** Takes locks in a transaction; the returned function rolls it back. */
export async function hold(client: pg.ClientBase, lock: string, values: unknown[] = []): Promise<() => Promise<void>> {
  await client.query('BEGIN');
  await client.query(lock, values);
  return async () => {
    await client.query('ROLLBACK');
  };
}

/** The number of deadlocks in this database, after flushing the statistics of these connections. */
export async function deadlocksIn(observer: Observer, clients: readonly pg.ClientBase[]): Promise<number> {
  await Promise.all(clients.map((client) => client.query('SELECT pg_stat_force_next_flush()')));
  const { rows } = await observer.query<{ deadlocks: number }>(
    'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()',
  );
  return rows[0]!.deadlocks;
}
