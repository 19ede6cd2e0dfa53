import { Module } from '@nestjs/common';
import { IdempotencyModule } from '../idempotency/idempotency.module.js';
import { GroupInvitesController } from './group-invites.controller.js';
import { GroupInvitesQueries } from './group-invites.queries.js';
import { InvitesController, NotificationsController, ReadAllController } from './inbox.controller.js';
import { InboxQueries } from './inbox.queries.js';
import { InboxService } from './inbox.service.js';

@Module({
  imports: [IdempotencyModule],
  controllers: [NotificationsController, ReadAllController, InvitesController, GroupInvitesController],
  providers: [InboxService, InboxQueries, GroupInvitesQueries],
})
export class InboxModule {}
