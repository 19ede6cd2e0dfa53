import { Module } from '@nestjs/common';
import { MaintenanceController } from './maintenance.controller.js';
import { MaintenanceQueries } from './maintenance.queries.js';
import { MaintenanceService } from './maintenance.service.js';

@Module({ controllers: [MaintenanceController], providers: [MaintenanceService, MaintenanceQueries] })
export class MaintenanceModule {}
