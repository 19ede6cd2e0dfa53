import { Injectable } from '@nestjs/common';
import type { User } from '../auth/user.js';
import type { Json } from '../common/json.js';
import type { Page } from '../common/pagination.js';
import { notFound } from '../common/problem.js';
import { GroupInvitesQueries, type SentInvite } from './group-invites.queries.js';
import type { GroupInvite, Notification, NotificationsQuery, ReadAllResult } from './inbox.dto.js';
import { InboxQueries } from './inbox.queries.js';

/** Invites are notifications that wait for an answer; their rules live in database/inbox/invites.sql. */
@Injectable()
export class InboxService {
  constructor(
    private readonly inbox: InboxQueries,
    private readonly invites: GroupInvitesQueries,
  ) {}

  list(user: User, query: NotificationsQuery): Promise<Page<Notification>> {
    return this.inbox.list(user.id, query, query.unread);
  }

  async get(user: User, id: string): Promise<Json<Notification>> {
    return (await this.inbox.get(user.id, id)) ?? notFound();
  }

  async read(user: User, id: string): Promise<Json<Notification>> {
    await this.inbox.read(user.id, id);
    return this.get(user, id);
  }

  async readAll(user: User): Promise<ReadAllResult> {
    return { updated: await this.inbox.read(user.id, null) };
  }

  answer(user: User, invite: string, given: 'accepted' | 'declined'): Promise<Json<Notification>> {
    return this.inbox.answer(user.id, invite, given);
  }

  invite(user: User, group: string, recipient: string): Promise<SentInvite> {
    return this.invites.invite(user.id, group, recipient);
  }

  listInvites(user: User, group: string): Promise<Json<GroupInvite[]>> {
    return this.invites.list(user.id, group);
  }

  rescind(user: User, group: string, invite: string): Promise<Json<GroupInvite>> {
    return this.invites.rescind(user.id, group, invite);
  }
}
