import { Body, Controller, Get, HttpCode, Param, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { User } from '../auth/user.js';
import { CurrentUser } from '../auth/current-user.decorator.js';
import type { Json } from '../common/json.js';
import { IdempotencyService } from '../idempotency/idempotency.service.js';
import { GroupInvite, InviteToGroup } from './inbox.dto.js';
import { InboxService } from './inbox.service.js';
import { ApiIdempotencyKey, ApiProblems, LOCATION } from '../common/api.decorators.js';
import { CustomMethod } from '../common/custom-method.decorator.js';
import { UuidPipe } from '../common/uuid.pipe.js';

@ApiTags('invites')
@Controller('groups')
export class GroupInvitesController {
  constructor(
    private readonly inbox: InboxService,
    private readonly idempotency: IdempotencyService,
  ) {}

  @CustomMethod('invite')
  @ApiCreatedResponse({ type: GroupInvite, headers: LOCATION })
  @ApiOkResponse({ type: GroupInvite })
  @ApiProblems('forbidden', 'not_found', 'group_archived', 'already_member')
  @ApiIdempotencyKey()
  inviteToGroup(
    @CurrentUser() user: User,
    @Param('id', UuidPipe) id: string,
    @Body() invitation: InviteToGroup,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Json<GroupInvite>> {
    return this.idempotency.once(user, reply, invitation, async () => {
      const { created, id: invite, body } = await this.inbox.invite(user, id, invitation.recipient_id);
      if (!created) return { status: 200, location: null, body };
      return { status: 201, location: `/api/groups/${id}/invites/${invite}`, body };
    });
  }

  @Get(':id/invites')
  @ApiOkResponse({ type: [GroupInvite] })
  @ApiProblems('forbidden', 'not_found')
  listGroupInvites(@CurrentUser() user: User, @Param('id', UuidPipe) id: string): Promise<Json<GroupInvite[]>> {
    return this.inbox.listInvites(user, id);
  }

  @CustomMethod('rescind', ':id/invites/:inviteId')
  @HttpCode(200)
  @ApiOkResponse({ type: GroupInvite })
  @ApiProblems('forbidden', 'not_found', 'invite_closed')
  rescindGroupInvite(
    @CurrentUser() user: User,
    @Param('id', UuidPipe) id: string,
    @Param('inviteId', UuidPipe) inviteId: string,
  ): Promise<Json<GroupInvite>> {
    return this.inbox.rescind(user, id, inviteId);
  }
}
