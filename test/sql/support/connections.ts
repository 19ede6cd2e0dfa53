import pg from 'pg';
import { createTestDatabase, type TestDatabaseOptions } from '../../support/database.js';

/** A database of the file's own, and as many real connections to it as a test wants. */
export interface Connections {
  readonly url: string;
  connect(): Promise<pg.Client>;
  close(): Promise<void>;
}

export async function openDatabase(options: TestDatabaseOptions = {}): Promise<Connections> {
  const database = await createTestDatabase(options);
  const clients: pg.Client[] = [];
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: database.url });
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

/** What PostgreSQL said when it refused: the name of a broken constraint, else the SQLSTATE. */
export async function refusalOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    return error.constraint ?? error.code;
  }
}

/** Runs statements in one transaction, which is where constraints that wait for the commit are judged. */
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
