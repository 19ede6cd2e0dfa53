import { Injectable } from '@nestjs/common';
import { Database, type Statement, statement } from '../database/database.js';

/** Groups judged in one transaction: few, since a verb in one of them may wait for it. */
const GROUPS_AT_ONCE = 20;

const claim = statement<[job: string], { claimed: boolean }>('job_claim', 'SELECT claim_job_run($1, now()) AS claimed');

/** After a failure the run is open again. */
const release = statement<[job: string], never>('job_release', 'DELETE FROM job_runs WHERE job = $1');

type Batch = Statement<[], { done: number }>;

/** One batch of a job's work, a transaction of its own; 0 when nothing is left. */
const batch = (work: string): Batch => statement(`job_${work}`, `SELECT ${work}(to_ms(now())) AS done`);

const archive = batch('archive_groups_expired_at');

const batches: Record<string, Batch> = {
  'archive-expired-groups': archive,
  'end-expired-sessions': batch('end_expired_sessions'),
  'send-session-reminders': batch('send_session_reminders'),
  'purge-idempotency-keys': batch('purge_idempotency_keys'),
};

const MILESTONES = 'award-milestones';

const groupsWithRunningTime = statement<[], { id: string }>(
  'job_groups_with_running_time',
  'SELECT id FROM groups_with_running_time() AS running (id)',
);

const awardMilestones = statement<[groups: string[]], { done: number }>(
  'job_award_running_milestones',
  'SELECT award_running_milestones(to_ms(now()), $1) AS done',
);

export const sqlJobs: readonly string[] = [...Object.keys(batches), MILESTONES];

@Injectable()
export class MaintenanceQueries {
  constructor(private readonly database: Database) {}

  /** Writes the end of every group whose end has passed; returns how many. */
  archiveExpiredGroups(): Promise<number> {
    return this.runBatches(archive);
  }

  /**
   * Does a job's work of this minute and returns how much there was; undefined where another process does it. What a
   * process leaves undone that fails or dies is done at a later tick (specification 9).
   */
  async run(job: string): Promise<number | undefined> {
    if (!(await this.database.one(claim, job)).claimed) return undefined;
    const work = batches[job];
    try {
      return await (work === undefined ? this.awardMilestones() : this.runBatches(work));
    } catch (error) {
      await this.database.first(release, job).catch(() => undefined);
      throw error;
    }
  }

  private async runBatches(work: Batch): Promise<number> {
    for (let total = 0; ;) {
      const { done } = await this.database.one(work);
      if (done === 0) return total;
      total += done;
    }
  }

  private async awardMilestones(): Promise<number> {
    const groups = (await this.database.all(groupsWithRunningTime)).map(({ id }) => id);
    for (let first = 0; first < groups.length; first += GROUPS_AT_ONCE)
      await this.database.one(awardMilestones, groups.slice(first, first + GROUPS_AT_ONCE));
    return groups.length;
  }
}
