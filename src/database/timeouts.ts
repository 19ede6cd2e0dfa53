import type { ClientBase } from 'pg';

/**
 * Each statement of a request ends within 10 s: at most CONNECT_MS for a connection, then STATEMENT_MS, which the server
 * enforces, or QUERY_MS for a silent server. Only a statement that waits for a lock may take 5 s more.
 */
const CONNECT_MS = 3_000;
const STATEMENT_MS = 5_000;
const QUERY_MS = 6_000;

/** The first wait for a lock is short: it occupies a connection that other requests may need (Database). */
const LOCK_MS = 100;
/** The second wait: for a permit, and then for the lock. */
export const LOCK_TURN_MS = 2_000;
const LOCK_RETRY_MS = 2_000;

/** PostgreSQL ends a connection that is idle in a transaction, which releases its locks. */
const IDLE_IN_TRANSACTION_MS = 10_000;

/** Without `plan_cache_mode`, PostgreSQL may plan a statement at each call, which costs a millisecond. */
const session =
  `SET statement_timeout = ${STATEMENT_MS}; SET lock_timeout = ${LOCK_MS};` +
  ` SET plan_cache_mode = force_generic_plan`;

/** In one message with BEGIN; SET LOCAL works behind a pooler and does not depend on the role's settings. */
const begin = (lockMs: number): string =>
  `BEGIN; SET LOCAL statement_timeout = ${STATEMENT_MS}; SET LOCAL lock_timeout = ${lockMs};` +
  ` SET LOCAL idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION_MS}`;

export const BEGIN = begin(LOCK_MS);
export const BEGIN_LOCK_RETRY = begin(LOCK_RETRY_MS);

/** Pool options of the API. Migrations have none of these settings. */
export const requestTimeouts = {
  connectionTimeoutMillis: CONNECT_MS,
  query_timeout: QUERY_MS,
  onConnect: setSession,
};

/**
 * Statements outside transactions use the timeouts of the session. Behind a pooler, sessions are shared, and the role has
 * these settings instead (docs/connections.md).
 */
async function setSession(client: ClientBase): Promise<void> {
  if (await isDirect(client)) await client.query(session);
}

/** Whether there is no pooler: poolers send a cancellation key with another process id than the backend's. */
export async function isDirect(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid === (client as ClientBase & { processID: number | null }).processID;
}
