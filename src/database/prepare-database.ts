import type { Environment } from '../config/environment.js';
import { migrate } from './migrate.js';
import { waitForDatabase } from './wait-for-database.js';

/** Waits until PostgreSQL can be used, and migrates unless MIGRATE_ON_START is false. */
export async function prepareDatabase(environment: Environment, log = console.log): Promise<void> {
  await waitForDatabase(environment, log);
  if (!environment.MIGRATE_ON_START) return;
  const applied = await migrate(environment);
  if (applied.length > 0) log(`Migrated the database: ${applied.join(', ')}`);
}
