import { Injectable } from '@nestjs/common';
import type { ArchiveResult } from './maintenance.dto.js';
import { MaintenanceQueries } from './maintenance.queries.js';

@Injectable()
export class MaintenanceService {
  constructor(private readonly maintenance: MaintenanceQueries) {}

  async archiveExpiredGroups(): Promise<ArchiveResult> {
    return { archived: await this.maintenance.archiveExpiredGroups() };
  }
}
