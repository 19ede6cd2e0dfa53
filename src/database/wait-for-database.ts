import { setTimeout as after } from 'node:timers/promises';
import pg, { type ClientConfig } from 'pg';
import { connectionOptions, type TlsDefaults } from './connection.js';
import { isUnavailable, reasonOf } from './database-errors.js';
import { isDirect } from './timeouts.js';

interface Settings extends TlsDefaults {
  readonly DATABASE_URL: string;
  readonly DATABASE_LISTEN_URL?: string;
}

const LIMIT_MS = 60_000;
const PAUSE_MS = 500;
const ANSWER_MS = 5_000;

/**
 * Resolves when PostgreSQL can be used; waits while it cannot be reached or starts. Throws at once for a wrong password, a
 * missing database, an invalid certificate, or a pooler without named statements.
 */
export async function waitForDatabase(settings: Settings, log = console.log, limitMs = LIMIT_MS): Promise<void> {
  const deadline = Date.now() + limitMs;
  const waitFor = (name: string, url: string, check: Check): Promise<void> =>
    waitUntil(name, connectionOptions(url, settings), check, deadline, log);
  await waitFor('DATABASE_URL', settings.DATABASE_URL, checkStatements);
  const { DATABASE_LISTEN_URL: listen = settings.DATABASE_URL } = settings;
  if (listen !== settings.DATABASE_URL) await waitFor('DATABASE_LISTEN_URL', listen, checkConnection);
}

type Check = (options: ClientConfig) => Promise<void>;

async function waitUntil(
  name: string,
  options: ClientConfig,
  check: Check,
  deadline: number,
  log: (message: string) => void,
): Promise<void> {
  const where = describe(name, options);
  for (let waiting = false; ; waiting = true, await after(PAUSE_MS)) {
    try {
      await check(options);
      if (waiting) log(`${where} is there.`);
      return;
    } catch (error) {
      if (!isUnavailable(error) || Date.now() > deadline)
        throw new Error(`${where} cannot be used: ${reasonOf(error)}`, { cause: error });
      if (!waiting)
        log(`Waiting up to ${Math.ceil((deadline - Date.now()) / 1000)} s for ${where}: ${reasonOf(error)}`);
    }
  }
}

/** Host, role and database as `pg` reads the settings, without the password. */
function describe(name: string, options: ClientConfig): string {
  const { host, port, user = '(none)', database = '(none)' } = new pg.Client(options);
  return `PostgreSQL at ${host}:${port}, role ${user}, database ${database} (${name})`;
}

async function checkConnection(options: ClientConfig): Promise<void> {
  const client = await open(options);
  await client.end();
}

async function open(options: ClientConfig): Promise<pg.Client> {
  const client = new pg.Client({ ...options, connectionTimeoutMillis: ANSWER_MS, query_timeout: ANSWER_MS });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

const PROBE = { name: 'lockin_pooler_probe', text: 'SELECT 1' };

/** SQLSTATEs: the prepared statement exists already, or does not exist, on the pooler's connection. */
const MIXED_UP = new Set(['42P05', '26000']);

/**
 * PgBouncer before 1.21 passes the names of statements unchanged to any free server connection. The first client leaves a
 * statement on one; the others then hold one connection each, so that one of them finds that statement.
 */
async function checkStatements(options: ClientConfig): Promise<void> {
  const clients = [await open(options)];
  try {
    const [first] = clients as [pg.Client];
    if (await isDirect(first)) return;
    await first.query(PROBE);
    for (let others = 0; others < 2; others++) {
      const client = await open(options);
      clients.push(client);
      await client.query('BEGIN');
      await client.query(PROBE);
    }
  } catch (error) {
    if (!MIXED_UP.has((error as { code?: string }).code ?? '')) throw error;
    throw new Error(
      'the pooler does not carry named prepared statements; it must be PgBouncer 1.21 or newer with' +
        ' max_prepared_statements above 0, or RDS Proxy, or pool sessions',
      { cause: error },
    );
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}
