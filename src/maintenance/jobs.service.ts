import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { Metrics } from '../server/metrics.js';
import { ProfilesService } from '../profiles/profiles.service.js';
import { MaintenanceQueries } from './maintenance.queries.js';

/** True or a number above zero: there was something to do. Undefined: another process has the minute. */
type Work = () => Promise<number | undefined>;

/** The jobs of specification 9, each minute, in any number of processes: one of them does a job's work, the others find it done. */
@Injectable()
export class JobsService implements OnModuleInit {
  private readonly logger = new Logger(JobsService.name);
  private readonly jobs: ReadonlyMap<string, Work>;

  constructor(
    maintenance: MaintenanceQueries,
    profiles: ProfilesService,
    private readonly metrics: Metrics,
  ) {
    this.jobs = new Map<string, Work>([
      ...maintenance.jobs,
      ['remove-orphaned-avatars', () => profiles.removeOrphanedAvatars()],
    ]);
  }

  onModuleInit(): void {
    for (const job of this.jobs.keys()) this.metrics.expectJob(job);
  }

  @Cron(CronExpression.EVERY_MINUTE, { name: 'jobs', waitForCompletion: true })
  async runAll(): Promise<void> {
    for (const [job, work] of this.jobs) await this.run(job, work);
  }

  /** A job that fails holds up no other, and is tried again at the next tick. */
  private async run(job: string, work: Work): Promise<void> {
    const startedAt = performance.now();
    try {
      const done = await work();
      if (done === undefined) return;
      this.metrics.observeJob(job, performance.now() - startedAt, false);
      if (done > 0) this.logger.log({ job, done }, 'job done');
    } catch (error) {
      this.metrics.observeJob(job, performance.now() - startedAt, true);
      this.logger.error({ err: error, job }, 'job failed; the next tick tries again');
    }
  }
}
