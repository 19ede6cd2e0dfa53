import { Injectable } from '@nestjs/common';
import { Database, statement } from '../database/database.js';

const archive = statement<[], { archived: number }>(
  'archive_expired_groups',
  'SELECT archive_expired_groups() AS archived',
);

/**
 * A minute's work is claimed and done in one statement, so that a process that dies leaves it open; no row means that
 * another process has done it, or is at it (SPEC 9).
 */
const inTurn = (job: string, work: string) =>
  statement<[], { done: number }>(
    `job_${work}`,
    `SELECT ${work}(to_ms(now())) AS done WHERE claim_tick('${job}', now())`,
  );

const jobs = {
  'archive-expired-groups': inTurn('archive-expired-groups', 'archive_groups_expired_at'),
  'end-expired-sessions': inTurn('end-expired-sessions', 'end_expired_sessions'),
  'remind-of-sessions': inTurn('remind-of-sessions', 'remind_of_sessions'),
  'award-milestones': inTurn('award-milestones', 'award_running_milestones'),
  'purge-idempotency-keys': inTurn('purge-idempotency-keys', 'purge_idempotency_keys'),
};

export type SqlJob = keyof typeof jobs;

export const sqlJobs = Object.keys(jobs) as SqlJob[];

@Injectable()
export class MaintenanceQueries {
  constructor(private readonly database: Database) {}

  /** Writes the end of every group whose end has passed; returns how many. */
  async archiveExpiredGroups(): Promise<number> {
    return (await this.database.one(archive)).archived;
  }

  /** Does a job's work of this minute and returns how much there was; undefined where another process does it. */
  async run(job: SqlJob): Promise<number | undefined> {
    return (await this.database.first(jobs[job]))?.done;
  }
}
