import { Migrator } from '@mikro-orm/migrations';
import type { Options } from '@mikro-orm/postgresql';
import { migrations } from '../../migrations/index.js';
import { connectionOptions, type TlsDefaults } from './connection.js';
import { requestTimeouts } from './timeouts.js';

export interface DatabaseSettings extends TlsDefaults {
  readonly DATABASE_URL: string;
}

/** By it tell_race_changed() knows the connections of which Database tells what they changed. */
const APPLICATION_NAME = 'lockin api';

/** MikroORM without entities: it owns the pool, the migrations and the transactions; rows are shaped in SQL. */
export function ormOptions(settings: DatabaseSettings & { DATABASE_POOL_MAX: number }): Options {
  const connection = connectionOptions(settings.DATABASE_URL, settings);
  return {
    // As `clientUrl`, MikroORM would keep the host, the role and the database of the URL, and drop its TLS parameters.
    dbName: connection.database ?? connection.user,
    driverOptions: { application_name: APPLICATION_NAME, ...connection, ...requestTimeouts },
    // A database that does not exist is an error; nothing here creates one.
    ensureDatabase: false,
    entities: [],
    discovery: { warnWhenNoEntities: false },
    extensions: [Migrator],
    migrations: { migrationsList: migrations, snapshot: false, disableForeignKeys: false },
    pool: { max: settings.DATABASE_POOL_MAX },
  };
}
