import { beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { overlap } from './support/concurrency.js';
import { useDatabase } from './support/connections.js';
import { isRejected, type Statement } from './support/rejections.js';
import { insertGroupOfTwo, call, HOUR, insertPerson } from './support/fixtures.js';

const ago = (milliseconds: number): Date => new Date(Date.now() - milliseconds);

const insertSession = 'INSERT INTO sessions (id, group_id, creator_id) VALUES ($1, $2, $3)';
const insertParticipant = 'INSERT INTO session_participants (session_id, user_id, role) VALUES ($1, $2, $3)';

describe('A session', () => {
  let client: pg.Client;
  let ana: string;
  let ben: string;
  let stranger: string;
  let group: string;
  let session: string;

  const database = useDatabase(async (opened) => {
    client = await opened.connect();
  });

  /** Ana hosts a session that has been running for an hour, and Ben takes part. */
  beforeEach(async () => {
    ({ ana, ben, group } = await insertGroupOfTwo(client));
    stranger = await insertPerson(client);
    session = await call<string>(client, 'create_session', [ana, group, null]);
    await call(client, 'join_session', [ben, session], ago(HOUR));
    await call(client, 'start_session', [ana, session, ago(HOUR)]);
  });

  const refused = (...statements: Statement[]): Promise<boolean> => isRejected(client, ...statements);

  const newSession = (group: string | null, creator: string | null, host: string | null = creator): Statement[] => {
    const id = randomUUID();
    const made: Statement = [insertSession, [id, group, creator]];
    return host === null ? [made] : [made, [insertParticipant, [id, host, 'host']]];
  };

  const onSession = (text: string, ...values: unknown[]): Statement => [text, [session, ...values]];

  describe('has its creator as host,', () => {
    it('who is a member of its group', async () => {
      expect(await refused(...newSession(group, ben))).toBe(false);
      expect(await refused(...newSession(group, stranger))).toBe(true);
    });

    it('who may be anybody without a group', async () => {
      expect(await refused(...newSession(null, stranger))).toBe(false);
    });

    it('from its first commit on', async () => {
      expect(await refused(...newSession(group, ana, null))).toBe(true);
      expect(await refused(...newSession(null, ana, null))).toBe(true);
      expect(await refused(...newSession(group, ana, ben))).toBe(true);
      expect(await refused(...newSession(group, null, ana))).toBe(true);
      expect(await refused(...newSession(group, null))).toBe(true);
    });

    it('who cannot be changed', async () => {
      const set = 'UPDATE sessions SET creator_id = $2 WHERE id = $1';
      expect(await refused(onSession(set, ben))).toBe(true);
      expect(await refused(onSession(set, stranger))).toBe(true);
      expect(await refused(onSession(set, null))).toBe(true);
      await call(client, 'stop_session', [ana, session, null]);
      expect(await refused(onSession(set, ben))).toBe(true);
      expect(await refused(onSession(set, null))).toBe(true);
    });

    it('also if another participant becomes host in the same transaction', async () => {
      const set = 'UPDATE session_participants SET role = $3 WHERE session_id = $1 AND user_id = $2';
      const [step, follow] = [onSession(set, ana, 'participant'), onSession(set, ben, 'host')];
      expect(await refused(step, follow)).toBe(true);
      expect(await refused(step, follow, onSession('UPDATE sessions SET creator_id = $2 WHERE id = $1', ben))).toBe(
        true,
      );
    });

    it('whose participation cannot be deleted', async () => {
      const take = 'DELETE FROM session_participants WHERE session_id = $1 AND user_id = $2';
      expect(await refused(onSession(take, ana))).toBe(true);
      expect(await refused(onSession(take, ben))).toBe(false);
    });

    it('whose role cannot be changed, and who is the only host', async () => {
      const set = 'UPDATE session_participants SET role = $3 WHERE session_id = $1 AND user_id = $2';
      expect(await refused(onSession(set, ana, 'participant'))).toBe(true);
      expect(await refused(onSession(set, ben, 'host'))).toBe(true);
      const carol = await insertPerson(client);
      await client.query('INSERT INTO group_members (group_id, user_id) VALUES ($1, $2)', [group, carol]);
      expect(await refused(onSession(insertParticipant, carol, 'host'))).toBe(true);
    });
  });

  describe('has participants:', () => {
    it('members of its group only', async () => {
      expect(await refused(onSession(insertParticipant, stranger, 'participant'))).toBe(true);
      await client.query('INSERT INTO group_members (group_id, user_id) VALUES ($1, $2)', [group, stranger]);
      expect(await refused(onSession(insertParticipant, stranger, 'participant'))).toBe(false);
    });

    it('its host only, without a group', async () => {
      const solo = await call<string>(client, 'create_session', [stranger, null, null]);
      expect(await refused([insertParticipant, [solo, ana, 'participant']])).toBe(true);
    });

    it('not former members', async () => {
      const back: Statement = onSession(
        'UPDATE session_participants SET left_at = NULL WHERE session_id = $1 AND user_id = $2',
        ben,
      );
      await call(client, 'remove_member', [ben, group, ben]);
      expect(await refused(back)).toBe(true);
      await call(client, 'stop_session', [ana, session, null]);
      expect(await refused(back)).toBe(true);
      await call(client, 'add_member', [ana, group, ben, 'member']);
      expect(await refused(back)).toBe(false);
    });

    it('not a member who is being removed at the same time', async () => {
      const clients = { first: await database.connect(), second: await database.connect(), observer: client };
      const planned = await call<string>(client, 'create_session', [ana, group, null]);
      await call(client, 'add_member', [ana, group, stranger, 'member']);
      const outcome = await overlap(
        clients,
        (first) => first.query('DELETE FROM group_members WHERE group_id = $1 AND user_id = $2', [group, stranger]),
        (second) => second.query(insertParticipant, [planned, stranger, 'participant']),
      );
      expect(outcome).toEqual([undefined, expect.any(String)]);
    });
  });

  it('has, while open, no host or participant whose membership was deleted', async () => {
    const hosted = await call<string>(client, 'create_session', [ben, group, null]);
    const leave: Statement = ['DELETE FROM group_members WHERE group_id = $1 AND user_id = $2', [group, ben]];
    // The database may refuse the statement, or do what leaving does.
    await refused(leave);
    const { rows } = await client.query(
      `SELECT p.role, s.status FROM session_participants p JOIN sessions s ON s.id = p.session_id
        WHERE s.id = ANY ($2) AND p.user_id = $1 AND s.status <> 'ended' AND p.left_at IS NULL
          AND NOT EXISTS (SELECT FROM group_members m WHERE m.group_id = s.group_id AND m.user_id = p.user_id)`,
      [ben, [hosted, session]],
    );
    expect(rows).toEqual([]);
  });

  describe('of a deleted profile', () => {
    const state = async (): Promise<unknown[]> => {
      const { rows } = await client.query('SELECT status, creator_id FROM sessions WHERE id = $1', [session]);
      return rows;
    };

    it('is kept for the others, without a creator, once it has ended', async () => {
      await call(client, 'stop_session', [ana, session, null]);
      await call(client, 'transfer_group', [ana, group, ben]);
      expect(await refused(['DELETE FROM profiles WHERE id = $1', [ana]])).toBe(false);
      expect(await state()).toEqual([{ status: 'ended', creator_id: null }]);
    });

    it('does not stay open without a host', async () => {
      await call(client, 'transfer_group', [ana, group, ben]);
      await refused(['DELETE FROM profiles WHERE id = $1', [ana]]);
      expect(await state()).not.toEqual([{ status: 'running', creator_id: null }]);
    });

    it("ends when the API's function deletes the account", async () => {
      await call(client, 'delete_account', [ana]);
      expect(await state()).toEqual([{ status: 'ended', creator_id: null }]);
    });
  });

  it('is deleted with its last participant', async () => {
    expect(await refused(['DELETE FROM sessions WHERE id = $1', [session]])).toBe(false);
    const { rows } = await client.query('SELECT FROM session_participants WHERE session_id = $1', [session]);
    expect(rows).toEqual([]);
  });
});
