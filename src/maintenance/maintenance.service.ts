import { Injectable, Logger } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import type { ArchiveResult } from './maintenance.dto.js';
import { MaintenanceQueries } from './maintenance.queries.js';

@Injectable()
export class MaintenanceService {
  private readonly logger = new Logger(MaintenanceService.name);

  constructor(private readonly maintenance: MaintenanceQueries) {}

  async archiveExpiredGroups(): Promise<ArchiveResult> {
    return { archived: await this.maintenance.archiveExpiredGroups() };
  }

  /** Each minute in one of the processes (SPEC 9). What fails is tried again by the next tick. */
  @Cron(CronExpression.EVERY_MINUTE, { name: 'archive-expired-groups', waitForCompletion: true })
  async archiveEachMinute(): Promise<void> {
    try {
      const archived = await this.maintenance.archiveExpiredGroupsInTurn();
      if (archived) this.logger.log({ archived }, 'archived expired groups');
    } catch (error) {
      this.logger.error(error, 'archiving expired groups failed; the next tick tries again');
    }
  }
}
