import { setTimeout as sleep } from 'node:timers/promises';
import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { tableSteps } from '../../migrations/index.js';
import { Routines, detachment, installedRoutines, routineChanges } from '../../migrations/routines.js';
import { connectionOptions } from './connection.js';
import { type DatabaseSettings, ormOptions } from './orm.js';

/** Key of the advisory lock that lets one process migrate at a time; any number that is otherwise unused. */
const MIGRATION_LOCK = 7_105_463;

/** Shorter than deadlock_timeout (1 s), so that a request is never the victim of a deadlock with the migration. */
const TABLE_LOCK_TIMEOUT = '500ms';
const ATTEMPTS = 60;
const LOCK_NOT_AVAILABLE = '55P03';

/** SQLSTATEs: dependent objects still exist; a view or trigger uses the column. */
const DEPENDENT_OBJECTS = ['2BP01', '0A000'];
const PAUSE_MS = 500;

/** MikroORM's table of executed migrations, as MikroORM creates it. */
export const MIGRATION_LOG = `
CREATE TABLE IF NOT EXISTS mikro_orm_migrations (
  id serial PRIMARY KEY,
  name varchar(255) NOT NULL,
  executed_at timestamptz(6) NOT NULL DEFAULT current_timestamp(6)
);`;

/**
 * Runs pending steps and installs changed routines of `database/`, all in one transaction; returns the names of the steps
 * that ran. Processes that start together take turns by an advisory lock of that transaction, which also works behind a
 * pooler in transaction mode.
 */
export async function migrate(settings: DatabaseSettings, steps = tableSteps): Promise<string[]> {
  const options = ormOptions({ ...settings, DATABASE_POOL_MAX: 2 });
  const orm = await MikroORM.init({
    ...options,
    // Without the timeouts of requests.
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
 * Triggers and views depend on columns. If a step fails because of them, it runs again while they are not installed; other
 * steps, such as a new column, lock only their own table.
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
    if (installed.length === 0 || !DEPENDENT_OBJECTS.includes((error as { code?: string }).code ?? '')) throw error;
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
