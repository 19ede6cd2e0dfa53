import { Migrator } from '@mikro-orm/migrations';
import type { Options } from '@mikro-orm/postgresql';
import { migrations } from '../../migrations/index.js';

/** How long a request waits for a free connection before it is told that the database is away. */
const CONNECTION_TIMEOUT_MS = 5_000;

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
