import { setTimeout as sleep } from 'node:timers/promises';
import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { tableSteps } from '../../migrations/index.js';
import { Routines, detachment, installedRoutines, routineChanges } from '../../migrations/routines.js';
import { connectionOptions } from './connection.js';
import { type DatabaseSettings, ormOptions } from './orm.js';

/** Any number that nobody else uses: it names the lock under which one process at a time migrates. */
const MIGRATION_LOCK = 7_105_463;

/** Shorter than deadlock_timeout (1 s): the migration gives way before a request could be the victim. */
const TABLE_LOCK_TIMEOUT = '500ms';
const ATTEMPTS = 60;
const LOCK_NOT_AVAILABLE = '55P03';

/** Dependent objects still exist; cannot alter the type of a column used by a view or in a trigger definition. */
const STANDS_IN_THE_WAY = ['2BP01', '0A000'];
const PAUSE_MS = 500;

/** The table in which MikroORM records what has run, as it makes it. */
export const MIGRATION_LOG = `
CREATE TABLE IF NOT EXISTS mikro_orm_migrations (
  id serial PRIMARY KEY,
  name varchar(255) NOT NULL,
  executed_at timestamptz(6) NOT NULL DEFAULT current_timestamp(6)
);`;

/**
 * Brings the tables to the latest step and the routines to the text of `database/`; returns the names of the steps that
 * ran. All of it is one transaction. Processes that start together take turns on a lock of that transaction, which a
 * pooler in transaction mode carries.
 */
export async function migrate(settings: DatabaseSettings, steps = tableSteps): Promise<string[]> {
  const options = ormOptions({ ...settings, DATABASE_POOL_MAX: 2 });
  const orm = await MikroORM.init({
    ...options,
    // Without the limits of a request.
    driverOptions: connectionOptions(settings.DATABASE_URL, settings),
    migrations: { ...options.migrations, migrationsList: [...steps, Routines] },
    logger: () => undefined,
  });
  try {
    await inTurn(orm, (em) => em.execute(MIGRATION_LOG));
    for (let attempt = 1; ; attempt++) {
      try {
        return await inTurn(orm, (em) => runPending(orm, em));
      } catch (error) {
        if (attempt === ATTEMPTS || (error as { code?: string }).code !== LOCK_NOT_AVAILABLE) throw error;
        await sleep(PAUSE_MS * (0.5 + Math.random()));
      }
    }
  } finally {
    await orm.close();
  }
}

function inTurn<T>(orm: MikroORM, work: (em: EntityManager) => Promise<T>): Promise<T> {
  return orm.em.fork().transactional(async (em) => {
    await em.execute(`SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; SET LOCAL timezone = 'UTC'`);
    await em.execute(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    return work(em);
  });
}

/**
 * Triggers and views hold on to columns. A step for which they stand in the way runs again while they are not installed;
 * any other one, such as a new column, locks its own table alone.
 */
async function runPending(orm: MikroORM, em: EntityManager): Promise<string[]> {
  const installed = await installedRoutines((sql) => em.execute<object[]>(sql));
  const pending = (await orm.migrator.getPending()).filter(({ name }) => name !== 'routines');
  const runAll = async (): Promise<string[]> =>
    (await orm.migrator.up({ transaction: em.getTransactionContext<object>() })).map(({ name }) => name);
  if (pending.length > 0 || routineChanges(installed).length > 1)
    await em.execute(`DELETE FROM mikro_orm_migrations WHERE name = 'routines'`);
  if (pending.length > 0) await em.execute(`SET LOCAL lock_timeout = '${TABLE_LOCK_TIMEOUT}'`);
  try {
    return await runAll();
  } catch (error) {
    if (installed.length === 0 || !STANDS_IN_THE_WAY.includes((error as { code?: string }).code ?? '')) throw error;
    await em.execute(await lockOfAllTables(em));
    for (const sql of detachment(installed)) await em.execute(sql);
    return runAll();
  }
}

async function lockOfAllTables(em: EntityManager): Promise<string> {
  const tables = await em.execute<{ name: string }[]>(
    `SELECT quote_ident(tablename) AS name FROM pg_tables
      WHERE schemaname = 'public' AND tablename <> 'mikro_orm_migrations' ORDER BY tablename`,
  );
  return `LOCK TABLE ${tables.map(({ name }) => name).join(', ')} IN ACCESS EXCLUSIVE MODE`;
}
