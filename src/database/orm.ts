import { Migrator } from '@mikro-orm/migrations';
import { type Options, MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import { migrations } from '../../migrations/index.js';
import { connectionOptions, type TlsDefaults } from './connection.js';
import { requestTimeouts } from './timeouts.js';

/** Any number that nobody else uses: it names the lock under which one process at a time migrates. */
const MIGRATION_LOCK = 7_105_463;

export interface DatabaseSettings extends TlsDefaults {
  readonly DATABASE_URL: string;
}

/** MikroORM without entities: it owns the pool, the migrations and the transactions; rows are shaped in SQL. */
export function ormOptions(settings: DatabaseSettings & { DATABASE_POOL_MAX: number }): Options {
  const connection = connectionOptions(settings.DATABASE_URL, settings);
  return {
    // As `clientUrl`, MikroORM would keep the host, the role and the database of the URL, and drop its TLS parameters.
    dbName: connection.database ?? connection.user,
    driverOptions: { application_name: 'lockin', ...connection, ...requestTimeouts },
    // A database that does not exist is an error; nothing here creates one.
    ensureDatabase: false,
    entities: [],
    discovery: { warnWhenNoEntities: false },
    extensions: [Migrator],
    migrations: { migrationsList: migrations, snapshot: false, disableForeignKeys: false },
    pool: { max: settings.DATABASE_POOL_MAX },
  };
}

/**
 * Brings the database to the latest migration and returns the names of those it ran. Processes that start together take turns: the lock is held on a
 * connection of its own, since a pool would hand its session to somebody else.
 */
export async function migrate(settings: DatabaseSettings): Promise<string[]> {
  const connection = connectionOptions(settings.DATABASE_URL, settings);
  const options = ormOptions({ ...settings, DATABASE_POOL_MAX: 1 });
  const orm = await MikroORM.init({ ...options, driverOptions: connection, logger: () => undefined });
  const turn = new pg.Client(connection);
  try {
    await turn.connect();
    await turn.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    return (await orm.migrator.up()).map(({ name }) => name);
  } finally {
    await turn.end();
    await orm.close();
  }
}
