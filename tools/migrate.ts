/** `npm run migrate`: brings the database of DATABASE_URL up to date without starting the API. */
import { migrate } from '../src/database/migrate.js';

const { DATABASE_URL } = process.env;
if (!DATABASE_URL) {
  console.error('Set DATABASE_URL to the database to migrate, as the role that owns it.');
  process.exit(1);
}
const applied = await migrate({ DATABASE_URL });
console.log(applied.length > 0 ? `Migrated: ${applied.join(', ')}` : 'Nothing to migrate.');
