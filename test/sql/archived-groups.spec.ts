import { beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { useDatabase } from './support/connections.js';
import { isRejected, rejection, type Statement } from './support/rejections.js';
import { insertGroupOfTwo, call, DAY, HOUR, insertPerson } from './support/fixtures.js';

const ago = (milliseconds: number): Date => new Date(Date.now() - milliseconds);
const MINUTE = HOUR / 60;

const insertSession = `INSERT INTO sessions (id, group_id, creator_id, status, started_at, running_since, ended_at)
                       VALUES ($1, $2, $3, $4, $5, $6, $7)`;
const insertHost = `INSERT INTO session_participants (session_id, user_id, role) VALUES ($1, $2, 'host')`;

/** How a group came to its end: written by its owner, or by the clock alone. */
const ends: Record<string, (client: pg.Client, owner: string, group: string) => Promise<unknown>> = {
  'that was archived': (client, owner, group) => call(client, 'archive_group', [owner, group]),
  'whose end has passed, before any job has written it': (client, _, group) =>
    client.query(`UPDATE groups SET end_at = to_ms(now() - interval '1 millisecond') WHERE id = $1`, [group]),
};

describe.each(Object.entries(ends))('A group %s', (_, end) => {
  let client: pg.Client;
  let ana: string;
  let ben: string;
  let group: string;
  let planned: string;
  let paused: string;

  useDatabase(async (database) => {
    client = await database.connect();
  });

  /** Ana has planned one session and paused another one, which Ben has left; Ben has an override of 90. */
  beforeEach(async () => {
    ({ ana, ben, group } = await insertGroupOfTwo(client));
    await call(client, 'update_member', [ana, group, ben, true, 90, null]);
    planned = await call<string>(client, 'create_session', [ana, group, null]);
    paused = await call<string>(client, 'create_session', [ana, group, null]);
    await call(client, 'join_session', [ben, paused], ago(2 * HOUR));
    await call(client, 'start_session', [ana, paused, ago(2 * HOUR)]);
    await call(client, 'pause_session', [ana, paused, ago(HOUR)]);
    await call(client, 'leave_session', [ben, paused, ben]);
    await end(client, ana, group);
  });

  const rule = (...statements: Statement[]): Promise<string | undefined> => rejection(client, ...statements);

  const newSession = (
    status: string,
    times: { started?: Date; running?: Date; ended?: Date } = {},
    id: string = randomUUID(),
  ): Statement[] => [
    [insertSession, [id, group, ana, status, times.started, times.running, times.ended]],
    [insertHost, [id, ana]],
  ];

  const setGroup = (column: string, value: unknown): Promise<string | undefined> =>
    rule([`UPDATE groups SET ${column} = $2 WHERE id = $1`, [group, value]]);

  it('rejects new sessions: scheduled, paused or running', async () => {
    expect(await rule(...newSession('scheduled'))).toBe('LKARC');
    expect(await rule(...newSession('paused', { started: ago(HOUR) }))).toBe('LKARC');
    expect(await rule(...newSession('running', { started: ago(HOUR), running: ago(HOUR) }))).toBe('LKARC');
  });

  it('rejects a session that ended after it', async () => {
    expect(await rule(...newSession('ended', { started: ago(HOUR), ended: new Date() }))).toBe('LKARC');
  });

  it('accepts a session that ended before it, up to 24 hours later', async () => {
    const log = `INSERT INTO time_logs (participant_id, started_at, ended_at)
                 SELECT id, $2, $3 FROM session_participants WHERE session_id = $1`;
    const times = { started: ago(2 * HOUR), ended: ago(HOUR) };
    const id = randomUUID();
    expect(await rule(...newSession('ended', times, id), [log, [id, times.started, times.ended]])).toBeUndefined();
  });

  it('rejects the start and resume of a session', async () => {
    const start = `UPDATE sessions SET status = 'running', started_at = $2, running_since = $2, ended_at = NULL WHERE id = $1`;
    expect(await isRejected(client, [start, [planned, ago(MINUTE)]])).toBe(true);
    const resume = `UPDATE sessions SET status = 'running', running_since = $2, ended_at = NULL WHERE id = $1`;
    expect(await isRejected(client, [resume, [paused, ago(MINUTE)]])).toBe(true);
  });

  it('rejects manual logs', async () => {
    const log = `INSERT INTO time_logs (participant_id, manual, started_at, ended_at)
                 SELECT id, true, $2, $3 FROM session_participants WHERE session_id = $1 AND user_id = $4`;
    expect(await rule([log, [paused, ago(90 * MINUTE), ago(80 * MINUTE), ana]])).toBe('LKARC');
  });

  it('rejects participants, new and returning ones', async () => {
    const join = 'INSERT INTO session_participants (session_id, user_id) VALUES ($1, $2)';
    expect(await rule([join, [planned, ben]])).toBe('LKARC');
    const back = 'UPDATE session_participants SET left_at = NULL WHERE session_id = $1 AND user_id = $2';
    expect(await rule([back, [paused, ben]])).toBe('LKARC');
  });

  it('rejects invites', async () => {
    const invite = `INSERT INTO notifications (recipient_id, kind, title, body, group_id)
                    VALUES ($2, 'group_invite', 'Invitation', 'Come', $1)`;
    expect(await rule([invite, [group, await insertPerson(client)]])).toBe('LKARC');
  });

  it('rejects setting, changing and clearing an override', async () => {
    const set = 'UPDATE group_members SET override_period_target_minutes = $3 WHERE group_id = $1 AND user_id = $2';
    expect(await rule([set, [group, ana, 30]])).toBe('LKARC');
    expect(await rule([set, [group, ben, 30]])).toBe('LKARC');
    expect(await rule([set, [group, ben, null]])).toBe('LKARC');
    expect(await rule([set, [group, ben, 90]])).toBeUndefined();
  });

  it('rejects a change of role', async () => {
    const promote = `UPDATE group_members SET role = 'admin' WHERE group_id = $1 AND user_id = $2`;
    expect(await rule([promote, [group, ben]])).toBe('LKARC');
  });

  it('keeps its name, description, target and end', async () => {
    expect(await setGroup('name', 'Another name')).toBe('LKARC');
    expect(await setGroup('description', 'Another description')).toBe('LKARC');
    expect(await setGroup('period_target_minutes', 30)).toBe('LKARC');
    expect(await setGroup('end_at', ago(-DAY))).toBe('LKARC');
  });

  describe('still', () => {
    it('is archived by the job', async () => {
      await client.query('SELECT archive_expired_groups()');
      const groups = await client.query('SELECT status, archived_at <= now() AS ended FROM groups WHERE id = $1', [
        group,
      ]);
      expect(groups.rows).toEqual([{ status: 'archived', ended: true }]);
      const sessions = await client.query('SELECT DISTINCT status FROM sessions WHERE group_id = $1', [group]);
      expect(sessions.rows).toEqual([{ status: 'ended' }]);
    });

    it('accepts a late stop that moves the end of a session back', async () => {
      await call(client, 'stop_session', [ana, paused, ago(30 * MINUTE)]);
      const { rows } = await client.query('SELECT status, ended_at < $2 AS earlier FROM sessions WHERE id = $1', [
        paused,
        ago(20 * MINUTE),
      ]);
      expect(rows).toEqual([{ status: 'ended', earlier: true }]);
    });

    it('can be transferred and left', async () => {
      await call(client, 'transfer_group', [ana, group, ben]);
      await call(client, 'remove_member', [ana, group, ana]);
      const { rows } = await client.query('SELECT user_id, role FROM group_members WHERE group_id = $1', [group]);
      expect(rows).toEqual([{ user_id: ben, role: 'owner' }]);
    });

    it('survives the deletion of its owner’s account, but not of its last member’s', async () => {
      await call(client, 'delete_account', [ana]);
      const { rows } = await client.query('SELECT owner_id FROM groups WHERE id = $1', [group]);
      expect(rows).toEqual([{ owner_id: ben }]);
      await call(client, 'delete_account', [ben]);
      expect((await client.query('SELECT FROM groups WHERE id = $1', [group])).rows).toEqual([]);
    });

    it('can be cloned and deleted', async () => {
      expect(await rule(['SELECT clone_group($1, $2)', [group, ben]])).toBeUndefined();
      expect(await rule(['DELETE FROM groups WHERE id = $1', [group]])).toBeUndefined();
    });
  });
});

describe('An archived group', () => {
  let client: pg.Client;
  let ana: string;
  let group: string;

  useDatabase(async (database) => {
    client = await database.connect();
    ({ ana, group } = await insertGroupOfTwo(client));
  });

  const set = (assignments: string): Promise<string | undefined> =>
    rejection(client, [`UPDATE groups SET ${assignments} WHERE id = $1`, [group]]);

  it('can be archived by a plain UPDATE, but not in the future', async () => {
    const archive = (at: string): Statement => [
      `UPDATE groups SET status = 'archived', archived_at = ${at} WHERE id = $1`,
      [group],
    ];
    expect(await isRejected(client, archive(`now() + interval '1 hour'`))).toBe(true);
    expect(await isRejected(client, archive('to_ms(now())'))).toBe(false);
  });

  it('is never active again, and keeps archived_at', async () => {
    await client.query(
      `UPDATE groups SET status = 'archived', archived_at = coalesce(archived_at, to_ms(now())) WHERE id = $1`,
      [group],
    );
    expect(await set(`status = 'active', archived_at = NULL`)).toBe('LKARC');
    expect(await set(`archived_at = archived_at - interval '1 hour'`)).toBe('LKARC');
    expect(await set(`archived_at = archived_at + interval '1 hour'`)).toBe('LKARC');
  });

  it('rejects, a day after its end, sessions that ended before', async () => {
    const old = await call<string>(client, 'create_group', [
      ana,
      'Old',
      '',
      ago(9 * DAY),
      ago(-DAY),
      'UTC',
      'daily',
      60,
    ]);
    await client.query('UPDATE groups SET end_at = $2 WHERE id = $1', [old, ago(25 * HOUR)]);
    const id = randomUUID();
    const values = [id, old, ana, 'ended', ago(28 * HOUR), null, ago(27 * HOUR)];
    expect(await rejection(client, [insertSession, values], [insertHost, [id, ana]])).toBe('LKARC');
  });
});
