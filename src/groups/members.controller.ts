import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { User } from '../auth/user.js';
import { CurrentUser } from '../auth/current-user.decorator.js';
import type { Json } from '../common/json.js';
import { MembersService } from './members.service.js';
import { AddMember, Member, UpdateMember } from './members.dto.js';
import { ApiProblems, LOCATION } from '../common/api.decorators.js';
import { UuidPipe } from '../common/uuid.pipe.js';

@ApiTags('members')
@Controller('groups/:id/members')
export class MembersController {
  constructor(private readonly members: MembersService) {}

  @Get()
  @ApiOkResponse({ type: [Member] })
  @ApiProblems('not_found')
  listGroupMembers(@CurrentUser() user: User, @Param('id', UuidPipe) id: string): Promise<Json<Member[]>> {
    return this.members.list(user, id);
  }

  @Post()
  @ApiCreatedResponse({ type: Member, headers: LOCATION })
  @ApiProblems('forbidden', 'not_found', 'group_archived', 'group_full', 'already_member')
  async addGroupMember(
    @CurrentUser() user: User,
    @Param('id', UuidPipe) id: string,
    @Body() member: AddMember,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Json<Member>> {
    const added = await this.members.add(user, id, member);
    void reply.header('location', `/api/groups/${id}/members/${member.user_id}`);
    return added;
  }

  @Patch(':userId')
  @ApiOkResponse({ type: Member })
  @ApiProblems('forbidden', 'not_found', 'group_archived', 'owner_must_transfer')
  updateGroupMember(
    @CurrentUser() user: User,
    @Param('id', UuidPipe) id: string,
    @Param('userId', UuidPipe) userId: string,
    @Body() change: UpdateMember,
  ): Promise<Json<Member>> {
    return this.members.update(user, id, userId, change);
  }

  @Delete(':userId')
  @HttpCode(204)
  @ApiNoContentResponse()
  @ApiProblems('forbidden', 'not_found', 'owner_must_transfer')
  removeGroupMember(
    @CurrentUser() user: User,
    @Param('id', UuidPipe) id: string,
    @Param('userId', UuidPipe) userId: string,
  ): Promise<void> {
    return this.members.remove(user, id, userId);
  }
}
