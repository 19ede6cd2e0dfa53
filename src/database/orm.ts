import { Migrator } from '@mikro-orm/migrations';
import { type Options, MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import { migrations } from '../../migrations/index.js';

/** How long a request waits for a free connection before it is told that the database is away. */
const CONNECTION_TIMEOUT_MS = 5_000;

/** Any number that nobody else uses: it names the lock under which one process at a time migrates. */
const MIGRATION_LOCK = 7_105_463;

/** MikroORM without entities: it owns the pool, the migrations and the transactions; rows are shaped in SQL. */
export function ormOptions(settings: { DATABASE_URL: string; DATABASE_POOL_MAX: number }): Options {
  return {
    clientUrl: settings.DATABASE_URL,
    entities: [],
    discovery: { warnWhenNoEntities: false },
    extensions: [Migrator],
    migrations: { migrationsList: migrations, snapshot: false, disableForeignKeys: false },
    pool: { max: settings.DATABASE_POOL_MAX },
    driverOptions: { connectionTimeoutMillis: CONNECTION_TIMEOUT_MS, application_name: 'lockin' },
  };
}

/**
 * Brings the database to the latest migration and returns the names of those it ran. Processes that start together take turns: the lock is held on a
 * connection of its own, since a pool would hand its session to somebody else.
 */
export async function migrate(settings: { DATABASE_URL: string }): Promise<string[]> {
  const options = ormOptions({ ...settings, DATABASE_POOL_MAX: 1 });
  const orm = await MikroORM.init({ ...options, logger: () => undefined });
  const turn = new pg.Client({ connectionString: settings.DATABASE_URL });
  try {
    await turn.connect();
    await turn.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    return (await orm.migrator.up()).map(({ name }) => name);
  } finally {
    await turn.end();
    await orm.close();
  }
}
