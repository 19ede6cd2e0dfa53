import { Controller, Get, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../auth/user.js';
import { Me } from '../auth/current-user.decorator.js';
import { Action, Answers, AnswersPage, Id, Reply } from '../common/decorators.js';
import { Filter } from '../common/validation.pipe.js';
import type { Json } from '../common/json.js';
import { answerPage } from '../common/pagination.js';
import { Notification, NotificationsQuery, ReadAllResult } from './inbox.dto.js';
import { InboxService } from './inbox.service.js';

@ApiTags('notifications')
@Controller('notifications')
export class NotificationsController {
  constructor(private readonly inbox: InboxService) {}

  @Get()
  @AnswersPage(Notification)
  async listNotifications(
    @Me() me: Caller,
    @Filter() query: NotificationsQuery,
    @Reply() reply: FastifyReply,
  ): Promise<Json<Notification[]>> {
    return answerPage(reply, await this.inbox.list(me, query));
  }

  @Get(':id')
  @Answers(Notification, { problems: ['not_found'] })
  getNotification(@Me() me: Caller, @Id() id: string): Promise<Json<Notification>> {
    return this.inbox.get(me, id);
  }

  @Action('read')
  @Answers(Notification, { problems: ['not_found'] })
  readNotification(@Me() me: Caller, @Id() id: string): Promise<Json<Notification>> {
    return this.inbox.read(me, id);
  }
}

/** Its path has no slash before the colon, so it cannot stand below `notifications`. */
@ApiTags('notifications')
@Controller()
export class ReadAllController {
  constructor(private readonly inbox: InboxService) {}

  @Post('notifications::read-all')
  @Answers(ReadAllResult)
  readAllNotifications(@Me() me: Caller): Promise<ReadAllResult> {
    return this.inbox.readAll(me);
  }
}

@ApiTags('invites')
@Controller('invites')
export class InvitesController {
  constructor(private readonly inbox: InboxService) {}

  @Action('accept')
  @Answers(Notification, { problems: ['not_found', 'group_full', 'invite_closed', 'invite_answered'] })
  acceptInvite(@Me() me: Caller, @Id() id: string): Promise<Json<Notification>> {
    return this.inbox.answer(me, id, 'accepted');
  }

  @Action('decline')
  @Answers(Notification, { problems: ['not_found', 'invite_closed', 'invite_answered'] })
  declineInvite(@Me() me: Caller, @Id() id: string): Promise<Json<Notification>> {
    return this.inbox.answer(me, id, 'declined');
  }
}
