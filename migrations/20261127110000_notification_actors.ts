import { Migration } from '@mikro-orm/migrations';

/** Finds the notifications that name a user, whose name is removed with the account. */
export class NotificationActors extends Migration {
  override name = '20261127110000_notification_actors';

  override up(): void {
    this.addSql(up);
  }

  override down(): void {
    this.addSql(down);
  }
}

const up = `
CREATE INDEX notifications_of_actor ON notifications ((data ->> 'actor_id')) WHERE data ->> 'actor_id' IS NOT NULL;
`;

const down = `
DROP INDEX notifications_of_actor;
`;
