import { Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Maintenance } from '../auth/maintenance.decorator.js';
import { ArchiveResult } from './maintenance.dto.js';
import { MaintenanceService } from './maintenance.service.js';
import { ApiProblems } from '../common/api.decorators.js';

@ApiTags('maintenance')
@Controller('maintenance')
export class MaintenanceController {
  constructor(private readonly maintenance: MaintenanceService) {}

  @Post('archive-expired-groups')
  @HttpCode(200)
  @Maintenance()
  @ApiOkResponse({ type: ArchiveResult })
  @ApiProblems('maintenance_only')
  async archiveExpiredGroups(): Promise<ArchiveResult> {
    return { archived: await this.maintenance.archiveExpiredGroups() };
  }
}
