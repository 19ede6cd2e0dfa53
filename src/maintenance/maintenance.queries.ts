import { Injectable } from '@nestjs/common';
import { Database, statement } from '../database/database.js';

const archive = statement<[], { archived: number }>(
  'archive_expired_groups',
  'SELECT archive_expired_groups() AS archived',
);

/** The lock and the work are one statement, so that the lock goes with the transaction; no row means somebody else has it. */
const archiveInTurn = statement<[], { archived: number }>(
  'archive_expired_groups_in_turn',
  `SELECT archive_expired_groups() AS archived
    WHERE pg_try_advisory_xact_lock(hashtextextended('job archive-expired-groups', 0))`,
);

@Injectable()
export class MaintenanceQueries {
  constructor(private readonly database: Database) {}

  /** Writes the end of every group whose end has passed; returns how many. */
  async archiveExpiredGroups(): Promise<number> {
    return (await this.database.one(archive)).archived;
  }

  /** The same for the schedule: nothing while another process is at it. */
  async archiveExpiredGroupsInTurn(): Promise<number | undefined> {
    return (await this.database.first(archiveInTurn))?.archived;
  }
}
