import { beforeEach, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { useDatabase } from './support/connections.js';
import { isRejected, leavesUnchanged, rejection, type Statement } from './support/rejections.js';
import { insertGroupOfTwo, call, HOUR } from './support/fixtures.js';

const ago = (milliseconds: number): Date => new Date(Date.now() - milliseconds);
const MINUTE = HOUR / 60;

describe('Timestamps of the server', () => {
  let client: pg.Client;
  let ana: string;
  let ben: string;
  let group: string;
  let planned: string;
  let running: string;
  let ended: string;

  useDatabase(async (database) => {
    client = await database.connect();
  });

  /** Ana hosts a planned session, one that has been running for an hour, and one that ended an hour ago with a log by hand. */
  beforeEach(async () => {
    ({ ana, ben, group } = await insertGroupOfTwo(client));
    planned = await call<string>(client, 'create_session', [ana, group, null]);
    ended = await call<string>(client, 'create_session', [ana, group, null]);
    await call(client, 'start_session', [ana, ended, ago(3 * HOUR)]);
    await call(client, 'stop_session', [ana, ended, ago(HOUR)]);
    await call(client, 'add_log', [ana, ended, ago(2 * HOUR), ago(1.5 * HOUR)]);
    running = await call<string>(client, 'create_session', [ana, group, null]);
    await call(client, 'join_session', [ben, running], ago(HOUR));
    await call(client, 'start_session', [ana, running, ago(HOUR)]);
  });

  const refused = (...statements: Statement[]): Promise<boolean> => isRejected(client, ...statements);

  const set = (table: string, assignments: string, id: string, column = 'id'): Statement => [
    `UPDATE ${table} SET ${assignments} WHERE ${column} = $1`,
    [id],
  ];
  const setSession = (id: string, assignments: string): Statement => set('sessions', assignments, id);

  const closeSegments: () => Statement = () => [
    `UPDATE time_logs SET ended_at = to_ms(now()) FROM session_participants p
      WHERE p.id = participant_id AND p.session_id = $1 AND ended_at IS NULL`,
    [running],
  ];

  describe('never lie in the future:', () => {
    const later = `now() + interval '1 minute'`;

    it('start and resume of a session', async () => {
      const start = (started: string, since: string): Statement =>
        setSession(planned, `status = 'running', started_at = ${started}, running_since = ${since}`);
      expect(await refused(setSession(running, `running_since = ${later}`))).toBe(true);
      await call(client, 'stop_session', [ana, running, null]);
      expect(await refused(start(later, later))).toBe(true);
      expect(await refused(start('now()', later))).toBe(true);
    });

    it('an inserted running session', async () => {
      const insert = `INSERT INTO sessions (group_id, creator_id, status, started_at, running_since)
                      VALUES ($1, $2, 'running', now(), ${later})`;
      expect(await refused([insert, [group, ben]])).toBe(true);
    });

    it('end and last verb of a session', async () => {
      const end = setSession(running, `status = 'ended', running_since = NULL, ended_at = ${later}`);
      expect(await refused(closeSegments(), end)).toBe(true);
      expect(await refused(setSession(ended, `ended_at = ${later}`))).toBe(true);
      expect(await refused(setSession(running, `last_verb_at = ${later}`))).toBe(true);
    });

    it('joining and leaving a session', async () => {
      const join = `INSERT INTO session_participants (session_id, user_id, joined_at) VALUES ($1, $2, ${later})`;
      expect(await refused([join, [planned, ben]])).toBe(true);
      const participant = (assignments: string): Statement => [
        `UPDATE session_participants SET ${assignments} WHERE session_id = $1 AND user_id = $2`,
        [running, ben],
      ];
      expect(await refused(participant(`joined_at = ${later}`))).toBe(true);
      expect(await refused(participant(`left_at = ${later}`))).toBe(true);
    });

    it('start of a segment', async () => {
      const open = `INSERT INTO time_logs (participant_id, started_at)
                    SELECT id, ${later} FROM session_participants WHERE session_id = $1 AND user_id = $2`;
      const take: Statement = ['DELETE FROM time_logs WHERE user_id = $1 AND ended_at IS NULL', [ben]];
      expect(await rejection(client, take, [open, [running, ben]])).toBe('LKLOG');
    });
  });

  describe('of scheduled sessions lie in the accepted range:', () => {
    const plan = (at: string): Promise<boolean> => refused(setSession(planned, `scheduled_start = ${at}`));

    it("from 2000 to 2099, and not before the session's creation", async () => {
      expect(await plan(`'2099-12-31T23:59:59Z'`)).toBe(false);
      expect(await plan(`'2100-01-01T00:00Z'`)).toBe(true);
      expect(await plan(`'infinity'`)).toBe(true);
      expect(await plan(`'1999-12-31T23:59:59Z'`)).toBe(true);
      expect(await plan(`created_at - interval '2 minutes'`)).toBe(true);
      expect(await plan('NULL')).toBe(false);
    });
  });

  describe('cannot be changed by other clients:', () => {
    it('start and creation of a running session', async () => {
      const row: Statement = [
        'SELECT created_at, started_at, running_since, expires_at FROM sessions WHERE id = $1',
        [running],
      ];
      const keeps = (assignments: string): Promise<boolean> =>
        leavesUnchanged(client, row, setSession(running, assignments));
      expect(await keeps(`created_at = created_at - interval '1 day'`)).toBe(true);
      expect(await keeps(`running_since = now()`)).toBe(true);
      expect(await keeps(`running_since = started_at - interval '1 minute'`)).toBe(true);
      expect(await keeps(`expires_at = expires_at + interval '1 day'`)).toBe(true);
      expect(await keeps('expires_at = NULL')).toBe(true);
      expect(await keeps(`started_at = started_at - interval '1 day'`)).toBe(true);
      expect(await keeps(`started_at = '-infinity'`)).toBe(true);
    });

    it('end of a session, to a later time', async () => {
      const row: Statement = ['SELECT ended_at FROM sessions WHERE id = $1', [ended]];
      const later = setSession(ended, `ended_at = ended_at + interval '1 minute'`);
      expect(await leavesUnchanged(client, row, later)).toBe(true);
    });

    it('the copied columns of participants', async () => {
      const row: Statement = [
        'SELECT session_created_at, session_ended FROM session_participants WHERE session_id = $1 ORDER BY id',
        [running],
      ];
      const keeps = (assignments: string): Promise<boolean> =>
        leavesUnchanged(client, row, set('session_participants', assignments, running, 'session_id'));
      expect(await keeps(`session_created_at = session_created_at - interval '1 day'`)).toBe(true);
      expect(await keeps('session_ended = true')).toBe(true);
    });

    it('participant, group and kind of a log', async () => {
      const row: Statement = [
        'SELECT id, participant_id, group_id, user_id, manual, created_at FROM time_logs WHERE group_id = $1 ORDER BY id',
        [group],
      ];
      const keeps = (assignments: string, condition = 'ended_at IS NOT NULL'): Promise<boolean> =>
        leavesUnchanged(client, row, [
          `UPDATE time_logs SET ${assignments} WHERE group_id = $1 AND ${condition}`,
          [group],
        ]);
      expect(await keeps('group_id = NULL')).toBe(true);
      expect(await keeps(`user_id = '${ben}'`)).toBe(true);
      const other = `(SELECT id FROM session_participants WHERE session_id = '${running}' AND user_id = '${ben}')`;
      expect(
        await keeps(
          `participant_id = ${other}, started_at = now() - interval '2 ms', ended_at = now() - interval '1 ms'`,
        ),
      ).toBe(true);
      expect(await keeps('manual = true', 'NOT manual AND ended_at IS NOT NULL')).toBe(true);
      expect(await keeps('manual = false', 'manual')).toBe(true);
      expect(await keeps(`created_at = created_at - interval '1 day'`)).toBe(true);
    });

    it('a closed segment', async () => {
      const row: Statement = [
        'SELECT id, started_at, ended_at FROM time_logs WHERE group_id = $1 ORDER BY id',
        [group],
      ];
      const keeps = (assignments: string, condition: string): Promise<boolean> =>
        leavesUnchanged(client, row, [
          `UPDATE time_logs SET ${assignments} WHERE group_id = $1 AND ${condition}`,
          [group],
        ]);
      const closed = 'NOT manual AND ended_at IS NOT NULL';
      expect(await keeps(`started_at = started_at + interval '1 minute'`, closed)).toBe(true);
      expect(await keeps(`ended_at = ended_at - interval '1 minute'`, closed)).toBe(true);
      expect(await keeps('ended_at = NULL', closed)).toBe(true);
      expect(await keeps(`started_at = started_at + interval '1 minute'`, 'ended_at IS NULL')).toBe(true);
    });
  });

  describe('still', () => {
    it('allows closing a segment and deleting a manual log', async () => {
      expect(await refused(closeSegments(), setSession(running, `status = 'paused', running_since = NULL`))).toBe(
        false,
      );
      expect(await refused(['DELETE FROM time_logs WHERE group_id = $1 AND manual', [group]])).toBe(false);
    });

    it('allows the late stop of a session that ended by itself', async () => {
      const solo = await call<string>(client, 'create_session', [ben, null, null]);
      await call(client, 'start_session', [ben, solo, ago(13 * HOUR)]);
      const [before, after] = [ago(5 * HOUR + MINUTE), ago(5 * HOUR - MINUTE)];
      await call(client, 'stop_session', [ben, solo, ago(5 * HOUR)]);
      const { rows } = await client.query(
        `SELECT s.ended_at BETWEEN $2 AND $3 AS session, l.ended_at = s.ended_at AS log
           FROM sessions s JOIN session_participants p ON p.session_id = s.id JOIN time_logs l ON l.participant_id = p.id
          WHERE s.id = $1`,
        [solo, before, after],
      );
      expect(rows).toEqual([{ session: true, log: true }]);
    });
  });
});
