import { beforeEach, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { overlap, type OverlapClients, type Command } from './support/concurrency.js';
import { useDatabase } from './support/connections.js';
import { isRejected, rejection, type Statement } from './support/rejections.js';
import { insertGroupOfTwo, call, insertGroup, insertPerson } from './support/fixtures.js';

const insertInvite = `INSERT INTO notifications (recipient_id, kind, status, title, body, group_id, read_at)
                      VALUES ($2, 'group_invite', $3, 'Invitation', 'Come', $1, $4)`;
const insertMessage = `INSERT INTO notifications (recipient_id, kind, status, title, body, read_at)
                       VALUES ($1, 'generic', $2, 'Message', 'Text', $3)`;
const join = 'INSERT INTO group_members (group_id, user_id) VALUES ($1, $2)';

describe('The inbox', () => {
  let client: pg.Client;
  let clients: OverlapClients;
  let ana: string;
  let ben: string;
  let guest: string;
  let group: string;

  useDatabase(async (database) => {
    client = await database.connect();
    clients = { first: await database.connect(), second: await database.connect(), observer: client };
  });

  beforeEach(async () => {
    ({ ana, ben, group } = await insertGroupOfTwo(client));
    guest = await insertPerson(client);
  });

  const rule = (...statements: Statement[]): Promise<string | undefined> => rejection(client, ...statements);
  const refused = (...statements: Statement[]): Promise<boolean> => isRejected(client, ...statements);
  const invite = (recipient: string, status = 'pending', readAt: Date | null = null): Statement => [
    insertInvite,
    [group, recipient, status, readAt],
  ];
  const toGuest = (assignments: string): Statement => [
    `UPDATE notifications SET ${assignments} WHERE recipient_id = $1 AND kind = 'group_invite'`,
    [guest],
  ];

  /** Invites that wait for the answer of somebody who is a member. */
  async function pendingForMembers(): Promise<unknown[]> {
    const { rows } = await client.query(
      `SELECT n.recipient_id FROM notifications n JOIN group_members m ON (m.group_id, m.user_id) = (n.group_id, n.recipient_id)
        WHERE n.group_id = $1 AND n.kind = 'group_invite' AND n.status = 'pending'`,
      [group],
    );
    return rows;
  }

  describe('accepts an invite', () => {
    it('of a non-member', async () => {
      expect(await rule(invite(ben))).toBe('LKMEM');
      expect(await rule(invite(ana))).toBe('LKMEM');
      expect(await rule(invite(guest))).toBeUndefined();
    });

    it('once, until it is answered', async () => {
      await client.query(...invite(guest));
      expect(await rule(invite(guest))).toBe('notifications_one_pending_invite');
      await client.query(...toGuest(`status = 'declined'`));
      expect(await rule(invite(guest))).toBeUndefined();
    });

    it('not of a person who becomes a member at the same time', async () => {
      const outcome = await overlap(
        clients,
        (first) => first.query(join, [group, guest]),
        (second) => second.query(...invite(guest)),
      );
      expect(outcome).toEqual([undefined, 'LKMEM']);
    });

    it('that is answered by a concurrent addition', async () => {
      const add: Command = (second) => call(second, 'add_member', [ana, group, guest, 'member']);
      expect(await overlap(clients, (first) => first.query(...invite(guest)), add)).toEqual([undefined, undefined]);
      expect(await pendingForMembers()).toEqual([]);
    });

    it('which stays with its group and its recipient', async () => {
      await client.query(...invite(guest));
      const over = await insertGroup(client, { owner: ana });
      await call(client, 'archive_group', [ana, over]);
      expect(await refused(toGuest(`recipient_id = '${ben}'`))).toBe(true);
      expect(await refused(toGuest(`group_id = '${over}'`))).toBe(true);
    });
  });

  describe('has an invite accepted', () => {
    it('by somebody who has joined', async () => {
      await client.query(...invite(guest));
      const accept = toGuest(`status = 'accepted', read_at = to_ms(now())`);
      expect(await refused(accept)).toBe(true);
      expect(await refused([join, [group, guest]], accept)).toBe(false);
    });

    it('by nobody, as it is sent', async () => {
      expect(await refused(invite(guest, 'accepted', new Date()))).toBe(true);
    });

    it('for good, also when they leave later', async () => {
      await client.query(...invite(guest));
      const { rows } = await client.query<{ id: string }>('SELECT id FROM notifications WHERE recipient_id = $1', [
        guest,
      ]);
      const { id } = rows[0]!;
      await call(client, 'answer_invite', [guest, id, 'accepted']);
      await call(client, 'remove_member', [guest, group, guest]);
      expect(await refused(toGuest(`status = 'declined'`))).toBe(true);
      expect(await refused(toGuest(`status = 'pending'`))).toBe(true);
    });

    it('only if it was not declined', async () => {
      await client.query(...invite(guest));
      await client.query(...toGuest(`status = 'declined'`));
      expect(await refused(toGuest(`status = 'pending'`))).toBe(true);
      expect(await refused([join, [group, guest]], toGuest(`status = 'accepted'`))).toBe(true);
    });
  });

  describe('has a notification read', () => {
    const message = (status: string, readAt: Date | null): Statement => [insertMessage, [ben, status, readAt]];

    it('from the moment at which it was read', async () => {
      expect(await refused(message('read', null))).toBe(true);
      expect(await refused(message('pending', new Date()))).toBe(true);
      expect(await refused(message('read', new Date()))).toBe(false);
      expect(await refused(message('pending', null))).toBe(false);
    });

    it('with both or neither, when it is changed', async () => {
      await client.query(...message('pending', null));
      const set = (assignments: string): Statement => [
        `UPDATE notifications SET ${assignments} WHERE recipient_id = $1 AND kind = 'generic'`,
        [ben],
      ];
      expect(await refused(set(`status = 'read'`))).toBe(true);
      expect(await refused(set('read_at = to_ms(now())'))).toBe(true);
      expect(await refused(set(`status = 'read', read_at = to_ms(now())`))).toBe(false);
    });

    it('unless it is an invite, which keeps its status', async () => {
      expect(await rule(invite(guest, 'read', new Date()))).toBe('notifications_invite_is_answered');
      await client.query(...invite(guest));
      expect(await refused(toGuest('read_at = to_ms(now())'))).toBe(false);
      expect(await rule(toGuest(`status = 'read'`))).toBe('notifications_invite_is_answered');
    });

    it('and no other than an invite accepted or declined', async () => {
      expect(await rule(message('accepted', new Date()))).toBe('notifications_invite_is_answered');
      expect(await rule(message('declined', new Date()))).toBe('notifications_invite_is_answered');
    });
  });

  describe('counts what is unread', () => {
    /** [as counted, as kept] of a person, and how many rows keep it. */
    async function unread(recipient: string): Promise<[counted: number, kept: number, rows: number]> {
      const { rows } = await client.query<[number, number, number]>({
        text: `SELECT (SELECT count(*)::integer FROM notifications WHERE recipient_id = $1 AND read_at IS NULL),
                      coalesce(sum(change), 0)::integer, count(*)::integer FROM unread_changes WHERE recipient_id = $1`,
        values: [recipient],
        rowMode: 'array',
      });
      return rows[0]!;
    }

    it('through insertion, reading, deletion and the end of a group', async () => {
      await client.query(...invite(guest));
      for (let i = 0; i < 50; i++) await client.query(insertMessage, [guest, 'pending', null]);
      const [counted, kept, rows] = await unread(guest);
      expect([counted, kept, rows <= 21]).toEqual([51, 51, true]);
      await call(client, 'archive_group', [ana, group]);
      await client.query(
        `DELETE FROM notifications WHERE id IN (SELECT id FROM notifications
          WHERE recipient_id = $1 AND kind = 'generic' LIMIT 10)`,
        [guest],
      );
      expect((await unread(guest)).slice(0, 2)).toEqual([41, 41]);
      await call(client, 'read_notifications', [guest, null]);
      expect((await unread(guest)).slice(0, 2)).toEqual([0, 0]);
      await client.query('DELETE FROM profiles WHERE id = $1', [guest]);
      expect(await unread(guest)).toEqual([0, 0, 0]);
    });

    it('for many writers at once, none of whom waits', async () => {
      for (let i = 0; i < 20; i++) await client.query(insertMessage, [guest, 'pending', null]);
      const send: Command = (sender) => sender.query(insertMessage, [guest, 'pending', null]);
      for (let i = 0; i < 5; i++) expect(await overlap(clients, send, send)).toEqual([undefined, undefined]);
      expect((await unread(guest)).slice(0, 2)).toEqual([30, 30]);
    });
  });
});
