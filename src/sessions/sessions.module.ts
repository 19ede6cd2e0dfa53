import { Module } from '@nestjs/common';
import { IdempotencyModule } from '../idempotency/idempotency.module.js';
import { SessionsController } from './sessions.controller.js';
import { SessionsQueries } from './sessions.queries.js';
import { SessionsService } from './sessions.service.js';
import { TimeLogsController } from './time-logs.controller.js';
import { TimeLogsQueries } from './time-logs.queries.js';

@Module({
  imports: [IdempotencyModule],
  controllers: [SessionsController, TimeLogsController],
  providers: [SessionsService, SessionsQueries, TimeLogsQueries],
})
export class SessionsModule {}
