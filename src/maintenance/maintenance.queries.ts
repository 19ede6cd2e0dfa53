import { Injectable } from '@nestjs/common';
import { setTimeout as after } from 'node:timers/promises';
import { Database, type Statement, statement } from '../database/database.js';

/** Groups judged in one transaction: few, since a verb in one of them may wait for it. */
const GROUPS_AT_ONCE = 20;

/** Groups looked at in one statement, which locks nothing: a few milliseconds of work. */
const GROUPS_AT_A_LOOK = 200;

/** Requests share the database with the jobs, so after each batch a job pauses for half its time, up to this. */
const LONGEST_PAUSE_MS = 20;

const claim = statement<[job: string], { claimed: boolean }>('job_claim', 'SELECT claim_job_run($1, now()) AS claimed');

/** After a failure the run is open again. */
const release = statement<[job: string], never>('job_release', 'DELETE FROM job_runs WHERE job = $1');

type Batch = Statement<[], { done: number }>;

/** One batch of a job's work, a transaction of its own; 0 when nothing is left. */
const batch = (work: string): Batch => statement(`job_${work}`, `SELECT ${work}(to_ms(now())) AS done`);

const archive = batch('archive_groups_expired_at');
const endSessions = batch('end_expired_sessions');
const remind = batch('send_session_reminders');
const purgeKeys = batch('purge_idempotency_keys');
const rememberStreaks = batch('remember_streaks');

const groupsWithRunningTime = statement<[], { id: string }>(
  'job_groups_with_running_time',
  'SELECT id FROM groups_with_running_time() AS running (id)',
);

const goalsInReach = statement<[groups: string[]], { id: string }>(
  'job_groups_with_goals_in_reach',
  'SELECT id FROM groups_with_goals_in_reach($1, to_ms(now())) AS reachable (id)',
);

const awardMilestones = statement<[groups: string[]], { done: number }>(
  'job_award_running_milestones',
  'SELECT award_running_milestones(to_ms(now()), $1) AS done',
);

@Injectable()
export class MaintenanceQueries {
  /** In the order in which they run: what people wait for comes first. */
  readonly jobs: ReadonlyMap<string, () => Promise<number | undefined>> = new Map([
    this.job('archive-expired-groups', () => this.archiveExpiredGroups()),
    this.job('end-expired-sessions', () => this.runBatches(endSessions)),
    this.job('send-session-reminders', () => this.runBatches(remind)),
    this.job('award-milestones', () => this.awardMilestones()),
    this.job('purge-idempotency-keys', () => this.runBatches(purgeKeys)),
    this.job('remember-streaks', () => this.runBatches(rememberStreaks)),
  ]);

  constructor(private readonly database: Database) {}

  /** Writes the end of every group whose end has passed; returns how many. */
  archiveExpiredGroups(): Promise<number> {
    return this.runBatches(archive);
  }

  /**
   * Does a job's work of this minute and returns how much there was; undefined where another process does it. What a
   * process leaves undone that fails or dies is done at a later tick (specification 9).
   */
  private job(name: string, work: () => Promise<number>): [string, () => Promise<number | undefined>] {
    const run = async (): Promise<number | undefined> => {
      if (!(await this.database.one(claim, name)).claimed) return undefined;
      try {
        return await work();
      } catch (error) {
        await this.database.first(release, name).catch(() => undefined);
        throw error;
      }
    };
    return [name, run];
  }

  private async runBatches(work: Batch): Promise<number> {
    for (let total = 0; ;) {
      const { done } = await unhurried(() => this.database.one(work));
      if (done === 0) return total;
      total += done;
    }
  }

  private async awardMilestones(): Promise<number> {
    const groups = (await this.database.all(groupsWithRunningTime)).map(({ id }) => id);
    for (const some of chunks(groups, GROUPS_AT_A_LOOK)) {
      const reachable = await unhurried(() => this.database.all(goalsInReach, some));
      const ids = reachable.map(({ id }) => id);
      for (const few of chunks(ids, GROUPS_AT_ONCE)) await unhurried(() => this.database.one(awardMilestones, few));
    }
    return groups.length;
  }
}

async function unhurried<T>(work: () => Promise<T>): Promise<T> {
  const since = performance.now();
  const result = await work();
  await after(Math.min((performance.now() - since) / 2, LONGEST_PAUSE_MS));
  return result;
}

function chunks<T>(items: T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, nth) => items.slice(nth * size, (nth + 1) * size));
}
