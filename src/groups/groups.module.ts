import { Module } from '@nestjs/common';
import { GroupsController } from './groups.controller.js';
import { GroupsQueries } from './groups.queries.js';
import { GroupsService } from './groups.service.js';
import { MembersController } from './members.controller.js';
import { MembersQueries } from './members.queries.js';

@Module({
  controllers: [GroupsController, MembersController],
  providers: [GroupsService, GroupsQueries, MembersQueries],
})
export class GroupsModule {}
