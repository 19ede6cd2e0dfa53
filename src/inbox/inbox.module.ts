import { Module } from '@nestjs/common';
import { IdempotencyModule } from '../idempotency/idempotency.module.js';
import { GroupInvitesController } from './group-invites.controller.js';
import { InvitesController, NotificationsController, ReadAllController } from './inbox.controller.js';
import { InboxService } from './inbox.service.js';

@Module({
  imports: [IdempotencyModule],
  controllers: [NotificationsController, ReadAllController, InvitesController, GroupInvitesController],
  providers: [InboxService],
})
export class InboxModule {}
