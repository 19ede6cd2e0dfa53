import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { Outage } from '../common/outage.js';
import { Database } from '../database/database.js';
import { ProfilesService } from '../profiles/profiles.service.js';
import { Metrics } from '../server/metrics.js';
import { MaintenanceService } from './maintenance.service.js';
import * as sql from './maintenance.sql.js';

const MINUTE_MS = 60_000;

interface Job {
  /** Returns how much there was to do. */
  readonly work: () => Promise<number>;
  readonly outage: Outage;
}

/**
 * Runs the jobs of specification 9 each minute. With several processes, the one that claims a job does its work of that
 * minute. If it fails or dies, a later tick does what is left.
 */
@Injectable()
export class JobsService implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(JobsService.name);
  /** In the order in which they run: what users wait for comes first. */
  private readonly jobs: ReadonlyMap<string, Job>;
  private running: Promise<void> | undefined;
  private isShutDown = false;

  constructor(
    private readonly database: Database,
    private readonly metrics: Metrics,
    maintenance: MaintenanceService,
    profiles: ProfilesService,
  ) {
    const job = (name: string, work: Job['work']): [string, Job] => [
      name,
      { work, outage: new Outage(this.logger, 'job failed; the next tick tries again', `job ${name} works again`) },
    ];
    this.jobs = new Map([
      job('archive-expired-groups', () => maintenance.archiveExpiredGroups()),
      job('end-expired-sessions', () => maintenance.endExpiredSessions()),
      job('send-session-reminders', () => maintenance.sendSessionReminders()),
      job('award-milestones', () => maintenance.awardMilestones()),
      job('purge-idempotency-keys', () => maintenance.purgeIdempotencyKeys()),
      job('remember-streaks', () => maintenance.rememberStreaks()),
      job('remove-orphaned-avatars', () => profiles.removeOrphanedAvatars()),
    ]);
  }

  onModuleInit(): void {
    for (const name of this.jobs.keys()) this.metrics.expectJob(name);
  }

  /** The connections are closed afterwards. */
  async onModuleDestroy(): Promise<void> {
    this.isShutDown = true;
    await this.running;
  }

  @Cron(CronExpression.EVERY_MINUTE, { name: 'jobs', waitForCompletion: true })
  async runAll(): Promise<void> {
    this.running = this.runInTurn();
    await this.running;
  }

  private async runInTurn(): Promise<void> {
    // As claim_job_run() rounds: timers may fire early.
    const dueAt = Math.round(Date.now() / MINUTE_MS) * MINUTE_MS;
    for (const [name, job] of this.jobs) {
      if (this.isShutDown) return;
      await this.run(name, job, dueAt);
    }
  }

  /** A job that fails does not stop the others. */
  private async run(name: string, { work, outage }: Job, dueAt: number): Promise<void> {
    const startedAt = performance.now();
    try {
      if (!(await this.database.one(sql.claimJobRun, name)).claimed) return;
      this.metrics.observeJobClaim(name, Math.max(0, Date.now() - dueAt));
      const done = await this.runClaimed(name, work);
      this.metrics.observeJob(name, performance.now() - startedAt, false);
      outage.succeeded();
      if (done > 0) this.logger.log({ job: name, done }, 'job done');
    } catch (error) {
      this.metrics.observeJob(name, performance.now() - startedAt, true);
      const { name: kind, message } = error as Error;
      outage.failed(message, kind, { err: error, job: name });
    }
  }

  private async runClaimed(name: string, work: Job['work']): Promise<number> {
    try {
      return await work();
    } catch (error) {
      await this.database.first(sql.releaseJobRun, name).catch(() => undefined);
      throw error;
    }
  }
}
