import { Module } from '@nestjs/common';
import { ProgressController } from './progress.controller.js';
import { ProgressQueries } from './progress.queries.js';
import { ProgressService } from './progress.service.js';

@Module({ controllers: [ProgressController], providers: [ProgressService, ProgressQueries] })
export class ProgressModule {}
