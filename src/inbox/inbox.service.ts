import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/user.js';
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

  list(me: Caller, query: NotificationsQuery): Promise<Page<Notification>> {
    return this.inbox.list(me.id, query, query.unread);
  }

  async get(me: Caller, id: string): Promise<Json<Notification>> {
    return (await this.inbox.get(me.id, id)) ?? notFound();
  }

  async read(me: Caller, id: string): Promise<Json<Notification>> {
    await this.inbox.read(me.id, id);
    return this.get(me, id);
  }

  async readAll(me: Caller): Promise<ReadAllResult> {
    return { updated: await this.inbox.read(me.id, null) };
  }

  answer(me: Caller, invite: string, given: 'accepted' | 'declined'): Promise<Json<Notification>> {
    return this.inbox.answer(me.id, invite, given);
  }

  invite(me: Caller, group: string, recipient: string): Promise<SentInvite> {
    return this.invites.invite(me.id, group, recipient);
  }

  listInvites(me: Caller, group: string): Promise<Json<GroupInvite[]>> {
    return this.invites.list(me.id, group);
  }

  rescind(me: Caller, group: string, invite: string): Promise<Json<GroupInvite>> {
    return this.invites.rescind(me.id, group, invite);
  }
}
