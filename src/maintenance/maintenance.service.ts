import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { Database } from '../database/database.js';
import * as sql from './maintenance.sql.js';

/** Groups judged in one transaction: few, since a verb in one of them may wait for it. */
const GROUPS_PER_AWARD = 20;

/** Groups checked in one statement, which locks nothing and takes a few milliseconds. */
const GROUPS_PER_CHECK = 200;

/** Requests share the database with the jobs: after each batch a job pauses for half its time, up to this. */
const MAX_PAUSE_MS = 20;

/** What is left after this time is done at the next tick, so that no job keeps the others waiting for long. */
const LONGEST_RUN_MS = 30_000;

/** The work of the jobs, in batches of their own transactions (specification 9). */
@Injectable()
export class MaintenanceService implements OnModuleDestroy {
  private isShutDown = false;

  constructor(private readonly database: Database) {}

  /** A batch ends; what is left is done by another process, or after the next start. */
  onModuleDestroy(): void {
    this.isShutDown = true;
  }

  /** Archives the groups whose end has passed; returns how many. */
  archiveExpiredGroups(): Promise<number> {
    return this.runBatches(sql.archiveExpiredGroups);
  }

  endExpiredSessions(): Promise<number> {
    return this.runBatches(sql.endExpiredSessions);
  }

  sendSessionReminders(): Promise<number> {
    return this.runBatches(sql.sendSessionReminders);
  }

  purgeIdempotencyKeys(): Promise<number> {
    return this.runBatches(sql.purgeIdempotencyKeys);
  }

  rememberStreaks(): Promise<number> {
    return this.runBatches(sql.rememberStreaks);
  }

  /** Judges the goals of running sessions; returns in how many groups time is running. */
  async awardMilestones(): Promise<number> {
    const groups = (await this.database.all(sql.groupsWithRunningTime)).map(({ id }) => id);
    for (const some of chunks(groups, GROUPS_PER_CHECK)) {
      if (this.isShutDown) break;
      const reachable = await withPause(() => this.database.all(sql.groupsWithGoalsInReach, some));
      const ids = reachable.map(({ id }) => id);
      for (const few of chunks(ids, GROUPS_PER_AWARD))
        await withPause(() => this.database.one(sql.awardRunningMilestones, few));
    }
    return groups.length;
  }

  private async runBatches(batch: sql.Batch): Promise<number> {
    const startedAt = performance.now();
    for (let total = 0; ;) {
      const { done } = await withPause(() => this.database.one(batch));
      total += done;
      if (done === 0 || this.isShutDown || performance.now() - startedAt >= LONGEST_RUN_MS) return total;
    }
  }
}

async function withPause<T>(work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const result = await work();
  await sleep(Math.min((performance.now() - startedAt) / 2, MAX_PAUSE_MS));
  return result;
}

function chunks<T>(items: T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, nth) => items.slice(nth * size, (nth + 1) * size));
}
