import { Module } from '@nestjs/common';
import { IdempotencyModule } from '../idempotency/idempotency.module.js';
import { ParticipantsController } from './participants.controller.js';
import { ParticipantsService } from './participants.service.js';
import { RecordedSessionsController } from './recorded-sessions.controller.js';
import { SessionsController } from './sessions.controller.js';
import { SessionsService } from './sessions.service.js';

@Module({
  imports: [IdempotencyModule],
  controllers: [SessionsController, RecordedSessionsController, ParticipantsController],
  providers: [SessionsService, ParticipantsService],
})
export class SessionsModule {}
