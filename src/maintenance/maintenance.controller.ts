import { Controller, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Maintenance } from '../auth/maintenance.decorator.js';
import { Answers } from '../common/decorators.js';
import { ArchiveResult } from './maintenance.dto.js';
import { MaintenanceService } from './maintenance.service.js';

@ApiTags('maintenance')
@Controller('maintenance')
export class MaintenanceController {
  constructor(private readonly maintenance: MaintenanceService) {}

  @Post('archive-expired-groups')
  @Maintenance()
  @Answers(ArchiveResult, { problems: ['maintenance_only'] })
  archiveExpiredGroups(): Promise<ArchiveResult> {
    return this.maintenance.archiveExpiredGroups();
  }
}
