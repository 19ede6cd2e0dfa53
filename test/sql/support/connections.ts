import { afterAll, beforeAll } from '@jest/globals';
import pg from 'pg';
import { createTestDatabase, type TestDatabaseOptions } from '../../support/database.js';

/** A database of its own, and connections to it as the tables' owner. */
export interface Connections {
  readonly url: string;
  readonly connect: (config?: pg.ClientConfig) => Promise<pg.Client>;
  close(): Promise<void>;
}

export async function openDatabase(options: TestDatabaseOptions = {}): Promise<Connections> {
  const database = await createTestDatabase(options);
  const clients: pg.Client[] = [];
  const connect = async (config: pg.ClientConfig = {}): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: database.url, ...config });
    clients.push(client);
    await client.connect();
    return client;
  };
  const close = async (): Promise<void> => {
    await Promise.all(clients.map((client) => client.end()));
    await database.drop();
  };
  return { url: database.url, connect, close };
}

/**
 * Creates a database before the tests of the enclosing block, and drops it after them. `setUp` runs once it is there.
 */
export function useDatabase(
  setUp: (database: Connections) => unknown = () => undefined,
  options: TestDatabaseOptions = {},
): Pick<Connections, 'url' | 'connect'> {
  let database: Connections | undefined;
  const opened = (): Connections => {
    if (!database) throw new Error('The database is created by a hook: use it in tests and hooks only.');
    return database;
  };
  beforeAll(async () => {
    database = await openDatabase(options);
    await setUp(database);
  });
  afterAll(() => database?.close());
  return {
    get url() {
      return opened().url;
    },
    connect: (config) => opened().connect(config),
  };
}

/** The constraint's name of an error that PostgreSQL raised, else its SQLSTATE; undefined without an error. */
export async function errorCode(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    return error.constraint ?? error.code;
  }
}

/** Runs statements in one transaction, whose COMMIT checks deferred constraints. */
export async function transaction(
  client: pg.Client,
  ...statements: [text: string, values?: unknown[]][]
): Promise<void> {
  await client.query('BEGIN');
  try {
    for (const [text, values] of statements) await client.query(text, values);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}
