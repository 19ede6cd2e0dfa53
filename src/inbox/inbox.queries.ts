import { Injectable } from '@nestjs/common';
import { Database, statement } from '../database/database.js';
import { beforeCursor, newestFirst, page } from '../database/pagination.sql.js';
import type { Json } from '../common/json.js';
import type { Page, PageQuery } from '../common/pagination.js';
import type { Notification } from './inbox.dto.js';

const list = (name: string, among: string) =>
  statement<[caller: string, limit: number, createdAt: string | undefined, id: string | undefined], Page<Notification>>(
    name,
    page(
      'r.shown',
      `SELECT (i.n).id, (i.n).created_at, i.shown FROM inbox($1, to_ms(now())) i
        WHERE ${among} AND ${beforeCursor('(i.n).created_at', '(i.n).id')}
        ${newestFirst('(i.n).created_at', '(i.n).id')}`,
    ),
  );

export const lists = {
  all: list('notification_list', 'true'),
  unread: list('notification_list_unread', '(i.n).read_at IS NULL'),
  read: list('notification_list_read', '(i.n).read_at IS NOT NULL'),
};

const get = statement<[caller: string, id: string], { body: Json<Notification> }>(
  'notification',
  'SELECT i.shown::text AS body FROM inbox($1, to_ms(now())) i WHERE (i.n).id = $2',
);

const read = statement<[caller: string, id: string | null], { updated: string }>(
  'notification_read',
  'SELECT read_notifications($1, $2, to_ms(now())) AS updated',
);

const answer = statement<
  [caller: string, invite: string, answer: 'accepted' | 'declined'],
  { body: Json<Notification> }
>('invite_answer', 'SELECT answer_invite($1, $2, $3::notification_status, to_ms(now())) AS body');

@Injectable()
export class InboxQueries {
  constructor(private readonly database: Database) {}

  /** `unread` undefined lists both kinds. */
  list(caller: string, query: PageQuery, unread: boolean | undefined): Promise<Page<Notification>> {
    const statement = unread === undefined ? lists.all : unread ? lists.unread : lists.read;
    return this.database.one(statement, caller, query.limit, query.cursor_created_at, query.cursor_id);
  }

  /** A notification as its recipient sees it, or nothing for anybody else. */
  async get(caller: string, id: string): Promise<Json<Notification> | undefined> {
    return (await this.database.first(get, caller, id))?.body;
  }

  /** Marks one of the caller's notifications as read, or all; returns how many were unread. */
  async read(caller: string, id: string | null): Promise<number> {
    return Number((await this.database.one(read, caller, id)).updated);
  }

  async answer(caller: string, invite: string, given: 'accepted' | 'declined'): Promise<Json<Notification>> {
    return (await this.database.one(answer, caller, invite, given)).body;
  }
}
