import { randomBytes } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type Postgres, startPostgres } from '../../local/postgres.js';
import { chownTo, createFolderFor, serverAccessibleFolder, serverUserFor } from '../../local/server-user.js';

export interface Server extends Postgres {
  readonly folder: string;
  /** Runs a command as superuser. */
  query<R extends pg.QueryResultRow>(command: string): Promise<R[]>;
  /** Writes a file that only the server may read. */
  write(name: string, text: string): Promise<string>;
}

/** A separate PostgreSQL server, for tests that stop it or need other settings. */
export async function startServer(settings: Record<string, string> = {}): Promise<Server> {
  const folder = await mkdtemp(join(await serverAccessibleFolder(tmpdir()), 'lockin-server-'));
  await createFolderFor(await serverUserFor(folder), folder);
  const server = await startPostgres({
    folder,
    binaries: process.env['TEST_PG_BIN'],
    password: randomBytes(16).toString('hex'),
    settings: { fsync: 'off', ...settings },
    temporary: true,
  });
  return {
    ...server,
    folder,
    query: (command) => query(server.url('postgres'), command),
    write: async (name, text) => {
      const path = join(folder, name);
      await writeFile(path, text, { mode: 0o600 });
      await chownTo(await serverUserFor(join(folder, 'data')), path);
      return path;
    },
  };
}

export async function query<R extends pg.QueryResultRow>(connectionString: string, command: string): Promise<R[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<R>(command)).rows;
  } finally {
    await client.end();
  }
}
