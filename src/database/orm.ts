import { Migrator } from '@mikro-orm/migrations';
import type { Options } from '@mikro-orm/postgresql';
import { migrations } from '../../migrations/index.js';
import { connectionOptions, type TlsDefaults } from './connection.js';
import { requestTimeouts } from './timeouts.js';

export interface DatabaseSettings extends TlsDefaults {
  readonly DATABASE_URL: string;
}

/** notify_race_changed() recognizes the API's connections by this name. */
const APPLICATION_NAME = 'lockin api';

/** MikroORM without entities: pool, transactions and migrations (docs/decisions/0002-mikroorm-without-entities.md). */
export function ormOptions(settings: DatabaseSettings & { DATABASE_POOL_MAX: number }): Options {
  const connection = connectionOptions(settings.DATABASE_URL, settings);
  return {
    // From `clientUrl`, MikroORM reads host, role and database, and drops the TLS parameters.
    dbName: connection.database ?? connection.user,
    driverOptions: { application_name: APPLICATION_NAME, ...connection, ...requestTimeouts },
    // A missing database is an error.
    ensureDatabase: false,
    entities: [],
    discovery: { warnWhenNoEntities: false },
    extensions: [Migrator],
    migrations: { migrationsList: migrations, snapshot: false, disableForeignKeys: false },
    pool: { max: settings.DATABASE_POOL_MAX },
  };
}
