import { Injectable } from '@nestjs/common';
import type { User } from '../auth/user.js';
import type { Json } from '../common/json.js';
import type { Page } from '../common/pagination.js';
import { notFound } from '../common/problem.js';
import { Database } from '../database/database.js';
import type { GroupInvite, Notification, NotificationsQuery, ReadAllResult } from './inbox.dto.js';
import * as sql from './inbox.sql.js';

/** Notifications; invites are notifications that can be answered. The rules are in database/inbox/. */
@Injectable()
export class InboxService {
  constructor(private readonly database: Database) {}

  /** `unread` undefined lists read and unread notifications. */
  list(user: User, { limit, cursor_created_at, cursor_id, unread }: NotificationsQuery): Promise<Page<Notification>> {
    const { all, unread: onlyUnread, read } = sql.notificationLists;
    const list = unread === undefined ? all : unread ? onlyUnread : read;
    return this.database.one(list, user.id, limit, cursor_created_at, cursor_id);
  }

  async get(user: User, id: string): Promise<Json<Notification>> {
    return (await this.database.first(sql.notification, user.id, id))?.body ?? notFound();
  }

  async read(user: User, id: string): Promise<Json<Notification>> {
    await this.database.one(sql.readNotifications, user.id, id);
    return this.get(user, id);
  }

  async readAll(user: User): Promise<ReadAllResult> {
    return { updated: Number((await this.database.one(sql.readNotifications, user.id, null)).updated) };
  }

  async answer(user: User, invite: string, answer: 'accepted' | 'declined'): Promise<Json<Notification>> {
    return (await this.database.one(sql.answerInvite, user.id, invite, answer)).body;
  }

  invite(user: User, group: string, recipient: string): Promise<sql.SentInvite> {
    return this.database.one(sql.invite, user.id, group, recipient);
  }

  async listInvites(user: User, group: string): Promise<Json<GroupInvite[]>> {
    return (await this.database.one(sql.inviteList, user.id, group)).body;
  }

  async rescind(user: User, group: string, invite: string): Promise<Json<GroupInvite>> {
    return (await this.database.one(sql.rescindInvite, user.id, group, invite)).body;
  }
}
