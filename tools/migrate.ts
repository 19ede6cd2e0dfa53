/** `npm run migrate`: brings the database of DATABASE_URL up to date without starting the API. */
import { migrate } from '../src/database/migrate.js';
import { waitForDatabase } from '../src/database/startup.js';

const { DATABASE_URL, PGSSLMODE, PGSSLROOTCERT } = process.env;
if (!DATABASE_URL) {
  console.error('Set DATABASE_URL to the database to migrate, as the role that owns it.');
  process.exit(1);
}
const settings = { DATABASE_URL, ...(PGSSLMODE && { PGSSLMODE }), ...(PGSSLROOTCERT && { PGSSLROOTCERT }) };
try {
  await waitForDatabase(settings);
  const applied = await migrate(settings);
  console.log(applied.length > 0 ? `Migrated: ${applied.join(', ')}` : 'Nothing to migrate.');
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
