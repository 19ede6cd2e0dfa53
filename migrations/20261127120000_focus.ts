import { Migration } from '@mikro-orm/migrations';

/** Reads all the time of a user in order, for GET /api/me/focus. */
export class Focus extends Migration {
  override name = '20261127120000_focus';

  override up(): void {
    this.addSql(up);
  }

  override down(): void {
    this.addSql(down);
  }
}

const up = `
CREATE INDEX time_logs_of_user ON time_logs (user_id, started_at) INCLUDE (ended_at);
`;

const down = `
DROP INDEX time_logs_of_user;
`;
