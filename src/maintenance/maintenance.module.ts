import { Module } from '@nestjs/common';
import { ProfilesModule } from '../profiles/profiles.module.js';
import { JobsService } from './jobs.service.js';
import { MaintenanceController } from './maintenance.controller.js';
import { MaintenanceService } from './maintenance.service.js';

@Module({
  imports: [ProfilesModule],
  controllers: [MaintenanceController],
  providers: [MaintenanceService, JobsService],
})
export class MaintenanceModule {}
