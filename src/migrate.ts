/** `npm run migrate`, in the image `node dist/src/migrate.js`: runs the pending migrations without starting the API. */
import { migrate } from './database/migrate.js';
import { waitForDatabase } from './database/wait-for-database.js';

const { DATABASE_URL, PGSSLMODE, PGSSLROOTCERT } = process.env;
if (!DATABASE_URL) {
  console.error('DATABASE_URL is not set. Set it to the database to migrate, with the role that owns it.');
  process.exit(1);
}
const settings = { DATABASE_URL, PGSSLMODE, PGSSLROOTCERT };
try {
  await waitForDatabase(settings);
  const applied = await migrate(settings);
  console.log(applied.length > 0 ? `Migrated: ${applied.join(', ')}` : 'Nothing to migrate.');
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
