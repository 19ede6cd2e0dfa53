import { Module } from '@nestjs/common';
import { IdempotencyModule } from '../idempotency/idempotency.module.js';
import { GroupsController } from './groups.controller.js';
import { GroupsService } from './groups.service.js';
import { MembersController } from './members.controller.js';
import { MembersService } from './members.service.js';

@Module({
  imports: [IdempotencyModule],
  controllers: [GroupsController, MembersController],
  providers: [GroupsService, MembersService],
})
export class GroupsModule {}
