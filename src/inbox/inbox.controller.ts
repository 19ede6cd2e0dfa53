import { Controller, Get, HttpCode, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { User } from '../auth/user.js';
import { CurrentUser } from '../auth/current-user.decorator.js';
import type { Json } from '../common/json.js';
import { sendPage } from '../common/pagination.js';
import { Notification, NotificationsQuery, ReadAllResult } from './inbox.dto.js';
import { InboxService } from './inbox.service.js';
import { ApiProblems, NEXT_PAGE } from '../common/api.decorators.js';
import { CustomMethod } from '../common/custom-method.decorator.js';
import { UuidPipe } from '../common/uuid.pipe.js';

@ApiTags('notifications')
@Controller('notifications')
export class NotificationsController {
  constructor(private readonly inbox: InboxService) {}

  @Get()
  @ApiOkResponse({ type: [Notification], headers: NEXT_PAGE })
  async listNotifications(
    @CurrentUser() user: User,
    @Query() query: NotificationsQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Json<Notification[]>> {
    return sendPage(reply, await this.inbox.list(user, query));
  }

  @Get(':id')
  @ApiOkResponse({ type: Notification })
  @ApiProblems('not_found')
  getNotification(@CurrentUser() user: User, @Param('id', UuidPipe) id: string): Promise<Json<Notification>> {
    return this.inbox.get(user, id);
  }

  @CustomMethod('read')
  @HttpCode(200)
  @ApiOkResponse({ type: Notification })
  @ApiProblems('not_found')
  readNotification(@CurrentUser() user: User, @Param('id', UuidPipe) id: string): Promise<Json<Notification>> {
    return this.inbox.read(user, id);
  }
}

/** A controller of its own: the path has no slash before the colon, so it is not below `notifications`. */
@ApiTags('notifications')
@Controller()
export class ReadAllController {
  constructor(private readonly inbox: InboxService) {}

  @CustomMethod('read-all', 'notifications')
  @HttpCode(200)
  @ApiOkResponse({ type: ReadAllResult })
  readAllNotifications(@CurrentUser() user: User): Promise<ReadAllResult> {
    return this.inbox.readAll(user);
  }
}

@ApiTags('invites')
@Controller('invites')
export class InvitesController {
  constructor(private readonly inbox: InboxService) {}

  @CustomMethod('accept')
  @HttpCode(200)
  @ApiOkResponse({ type: Notification })
  @ApiProblems('not_found', 'group_full', 'invite_closed', 'invite_answered')
  acceptInvite(@CurrentUser() user: User, @Param('id', UuidPipe) id: string): Promise<Json<Notification>> {
    return this.inbox.answer(user, id, 'accepted');
  }

  @CustomMethod('decline')
  @HttpCode(200)
  @ApiOkResponse({ type: Notification })
  @ApiProblems('not_found', 'invite_closed', 'invite_answered')
  declineInvite(@CurrentUser() user: User, @Param('id', UuidPipe) id: string): Promise<Json<Notification>> {
    return this.inbox.answer(user, id, 'declined');
  }
}
