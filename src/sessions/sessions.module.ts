import { Module } from '@nestjs/common';
import { SessionsController } from './sessions.controller.js';
import { SessionsQueries } from './sessions.queries.js';
import { SessionsService } from './sessions.service.js';
import { TimeLogsController } from './time-logs.controller.js';
import { TimeLogsQueries } from './time-logs.queries.js';

@Module({
  controllers: [SessionsController, TimeLogsController],
  providers: [SessionsService, SessionsQueries, TimeLogsQueries],
})
export class SessionsModule {}
