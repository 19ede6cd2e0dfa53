import type { Json } from '../common/json.js';
import type { Page } from '../common/pagination.js';
import { statement } from '../database/database.js';
import { beforeCursor, newestFirst, page } from '../database/pagination.sql.js';
import type { GroupInvite, Notification } from './inbox.dto.js';

const list = (name: string, among: string) =>
  statement<[user: string, limit: number, createdAt: string | undefined, id: string | undefined], Page<Notification>>(
    name,
    page(
      'r.shown',
      `SELECT (i.n).id, (i.n).created_at, i.shown FROM inbox($1, to_ms(now())) i
        WHERE ${among} AND ${beforeCursor('(i.n).created_at', '(i.n).id')}
        ${newestFirst('(i.n).created_at', '(i.n).id')}`,
    ),
  );

export const notificationLists = {
  all: list('notification_list', 'true'),
  unread: list('notification_list_unread', '(i.n).read_at IS NULL'),
  read: list('notification_list_read', '(i.n).read_at IS NOT NULL'),
};

export const notification = statement<[user: string, id: string], { body: Json<Notification> }>(
  'notification',
  'SELECT i.shown::text AS body FROM inbox($1, to_ms(now())) i WHERE (i.n).id = $2',
);

export const readNotifications = statement<[user: string, id: string | null], { updated: string }>(
  'notification_read',
  'SELECT read_notifications($1, $2, to_ms(now())) AS updated',
);

export const answerInvite = statement<
  [user: string, invite: string, answer: 'accepted' | 'declined'],
  { body: Json<Notification> }
>('invite_answer', 'SELECT answer_invite($1, $2, $3::notification_status, to_ms(now())) AS body');

export interface SentInvite {
  /** False if there was a pending invite already. */
  created: boolean;
  id: string;
  body: Json<GroupInvite>;
}

export const invite = statement<[user: string, group: string, recipient: string], SentInvite>(
  'invite',
  'SELECT created, id, body FROM invite($1, $2, $3, to_ms(now()))',
);

export const inviteList = statement<[user: string, group: string], { body: Json<GroupInvite[]> }>(
  'invite_list',
  'SELECT invite_list($1, $2, to_ms(now())) AS body',
);

export const rescindInvite = statement<[user: string, group: string, invite: string], { body: Json<GroupInvite> }>(
  'invite_rescind',
  'SELECT rescind_invite($1, $2, $3, to_ms(now())) AS body',
);
