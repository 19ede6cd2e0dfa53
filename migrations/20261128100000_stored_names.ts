import { Migration } from '@mikro-orm/migrations';

/** Finds the stored responses that may contain names of others, for the deletion of an account. */
export class StoredNames extends Migration {
  override name = '20261128100000_stored_names';

  override up(): void {
    this.addSql(up);
  }

  override down(): void {
    this.addSql(down);
  }
}

const up = `
CREATE INDEX idempotency_keys_with_names ON idempotency_keys (user_id, key)
  WHERE location IS NULL OR location NOT LIKE '/api/sessions/%';
`;

const down = `
DROP INDEX idempotency_keys_with_names;
`;
