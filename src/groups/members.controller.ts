import { Controller, Delete, Get, Patch, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../auth/user.js';
import { Me } from '../auth/current-user.decorator.js';
import { Answers, AnswersNothing, Creates, Id, Reply } from '../common/decorators.js';
import { Input } from '../common/validation.pipe.js';
import type { Json } from '../common/json.js';
import { GroupsService } from './groups.service.js';
import { AddMember, Member, UpdateMember } from './members.dto.js';

@ApiTags('members')
@Controller('groups/:id/members')
export class MembersController {
  constructor(private readonly groups: GroupsService) {}

  @Get()
  @Answers([Member], { problems: ['not_found'] })
  listGroupMembers(@Me() me: Caller, @Id() id: string): Promise<Json<Member[]>> {
    return this.groups.listMembers(me, id);
  }

  @Post()
  @Creates(Member, { problems: ['forbidden', 'not_found', 'group_archived', 'group_full', 'already_member'] })
  async addGroupMember(
    @Me() me: Caller,
    @Id() id: string,
    @Input() member: AddMember,
    @Reply() reply: FastifyReply,
  ): Promise<Json<Member>> {
    const added = await this.groups.addMember(me, id, member);
    void reply.header('location', `/api/groups/${id}/members/${member.user_id}`);
    return added;
  }

  @Patch(':userId')
  @Answers(Member, { problems: ['forbidden', 'not_found', 'group_archived', 'owner_must_transfer'] })
  updateGroupMember(
    @Me() me: Caller,
    @Id() id: string,
    @Id('userId') userId: string,
    @Input() change: UpdateMember,
  ): Promise<Json<Member>> {
    return this.groups.updateMember(me, id, userId, change);
  }

  @Delete(':userId')
  @AnswersNothing({ problems: ['forbidden', 'not_found', 'owner_must_transfer'] })
  removeGroupMember(@Me() me: Caller, @Id() id: string, @Id('userId') userId: string): Promise<void> {
    return this.groups.removeMember(me, id, userId);
  }
}
