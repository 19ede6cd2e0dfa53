import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../auth/user.js';
import { Me } from '../auth/current-user.decorator.js';
import { Action, Answers, Creates, Id, Idempotent, Reply } from '../common/decorators.js';
import { Input } from '../common/validation.pipe.js';
import type { Json } from '../common/json.js';
import { IdempotencyService } from '../idempotency/idempotency.service.js';
import { GroupInvite, InviteToGroup } from './inbox.dto.js';
import { InboxService } from './inbox.service.js';

@ApiTags('invites')
@Controller('groups')
export class GroupInvitesController {
  constructor(
    private readonly inbox: InboxService,
    private readonly idempotency: IdempotencyService,
  ) {}

  @Action('invite')
  @Creates(GroupInvite, { also: [200], problems: ['forbidden', 'not_found', 'group_archived', 'already_member'] })
  @Idempotent()
  inviteToGroup(
    @Me() me: Caller,
    @Id() id: string,
    @Input() invitation: InviteToGroup,
    @Reply() reply: FastifyReply,
  ): Promise<Json<GroupInvite>> {
    return this.idempotency.once(me, reply, invitation, async () => {
      const { created, id: invite, body } = await this.inbox.invite(me, id, invitation.recipient_id);
      if (!created) return { status: 200, location: null, body };
      return { status: 201, location: `/api/groups/${id}/invites/${invite}`, body };
    });
  }

  @Get(':id/invites')
  @Answers([GroupInvite], { problems: ['forbidden', 'not_found'] })
  listGroupInvites(@Me() me: Caller, @Id() id: string): Promise<Json<GroupInvite[]>> {
    return this.inbox.listInvites(me, id);
  }

  @Action('rescind', ':id/invites/:inviteId')
  @Answers(GroupInvite, { problems: ['forbidden', 'not_found', 'invite_closed'] })
  rescindGroupInvite(@Me() me: Caller, @Id() id: string, @Id('inviteId') inviteId: string): Promise<Json<GroupInvite>> {
    return this.inbox.rescind(me, id, inviteId);
  }
}
