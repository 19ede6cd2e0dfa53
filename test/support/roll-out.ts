import { Migration } from '@mikro-orm/migrations';
import pg from 'pg';
import { tableSteps } from '../../migrations/index.js';
import { migrate } from '../../src/database/migrate.js';

/** Replaces all functions, like a release that changes every one. */
export async function replaceRoutines(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`UPDATE installed_routines SET checksum = '' WHERE object LIKE 'FUNCTION %'`);
  await client.end();
  await migrate({ DATABASE_URL: url });
}

/** Adds a column to the table that every verb writes, like a release with such a migration. */
export async function addColumn(url: string): Promise<void> {
  class AddColumn extends Migration {
    override name = '20991231000000_add_column';

    override up(): void {
      this.addSql('ALTER TABLE sessions ADD COLUMN added integer NOT NULL DEFAULT 7');
    }
  }
  await migrate({ DATABASE_URL: url }, [...tableSteps, AddColumn]);
}
