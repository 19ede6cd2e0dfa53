import { Module } from '@nestjs/common';
import { IdempotencyModule } from '../idempotency/idempotency.module.js';
import { GroupsController } from './groups.controller.js';
import { GroupsQueries } from './groups.queries.js';
import { GroupsService } from './groups.service.js';
import { MembersController } from './members.controller.js';
import { MembersQueries } from './members.queries.js';

@Module({
  imports: [IdempotencyModule],
  controllers: [GroupsController, MembersController],
  providers: [GroupsService, GroupsQueries, MembersQueries],
})
export class GroupsModule {}
