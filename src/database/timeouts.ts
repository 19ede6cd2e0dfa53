import type { ClientBase } from 'pg';

/**
 * A request answers within 10 s whatever the database does: at most CONNECT for a connection, then STATEMENT, which the
 * server enforces, or QUERY for a server that has gone silent.
 */
const CONNECT_MS = 3_000;
const STATEMENT_MS = 5_000;
const QUERY_MS = 6_000;

/** The first wait for a lock is short, since it holds a connection that other requests may need (Database). */
const LOCK_MS = 100;
/** The second wait: for a permit to wait, and then for the lock. */
export const LOCK_TURN_MS = 2_000;
const LOCK_RETRY_MS = 2_000;

/** Whoever stops in the middle of a transaction gives up its locks; PostgreSQL ends the connection. */
const IDLE_IN_TRANSACTION_MS = 10_000;

const session = `SET statement_timeout = ${STATEMENT_MS}; SET lock_timeout = ${LOCK_MS}`;

/** In one message with BEGIN; a pooler carries SET LOCAL, and it does not depend on how the role is set up. */
const begin = (lockMs: number): string =>
  `BEGIN; SET LOCAL statement_timeout = ${STATEMENT_MS}; SET LOCAL lock_timeout = ${lockMs};` +
  ` SET LOCAL idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION_MS}`;

export const BEGIN = begin(LOCK_MS);
export const BEGIN_LOCK_RETRY = begin(LOCK_RETRY_MS);

/** Pool options of the API; `onConnect` is waited for. The migrator has none of them: its statements may take long. */
export const requestTimeouts = {
  connectionTimeoutMillis: CONNECT_MS,
  query_timeout: QUERY_MS,
  onConnect: setSession,
};

/**
 * Statements outside transactions take their timeouts from the session. Behind a pooler a session is shared with
 * others, and the role brings the timeouts instead (docs/connections.md).
 */
async function setSession(client: ClientBase): Promise<void> {
  if (await isDirect(client)) await client.query(session);
}

/** Poolers hand out cancellation keys of their own, so the process that they name is not the one that answers. */
export async function isDirect(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid === (client as ClientBase & { processID: number | null }).processID;
}
