import { beforeEach, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { useDatabase } from './support/connections.js';
import { isRejected, rejection, type Statement } from './support/rejections.js';
import { insertGroupOfTwo, call, HOUR } from './support/fixtures.js';

const ago = (milliseconds: number): Date => new Date(Date.now() - milliseconds);

/** The columns of a session in each state, as an UPDATE sets them, with every constraint of the row kept. */
const states = {
  scheduled: `status = 'scheduled', started_at = NULL, running_since = NULL, ended_at = NULL`,
  running: `status = 'running', started_at = coalesce(started_at, to_ms(now())), running_since = to_ms(now()), ended_at = NULL`,
  paused: `status = 'paused', started_at = coalesce(started_at, to_ms(now())), running_since = NULL, ended_at = NULL`,
  ended: `status = 'ended', running_since = NULL, ended_at = to_ms(now())`,
};

type State = keyof typeof states;

describe('A second client of the database', () => {
  let client: pg.Client;
  let ana: string;
  let ben: string;
  let group: string;
  let sessions: Record<State, string>;

  useDatabase(async (database) => {
    client = await database.connect();
  });

  /** Ana hosts a session in each state. */
  beforeEach(async () => {
    ({ ana, ben, group } = await insertGroupOfTwo(client));
    const create = (): Promise<string> => call<string>(client, 'create_session', [ana, group, null]);
    sessions = { scheduled: await create(), paused: await create(), running: await create(), ended: await create() };
    await call(client, 'start_session', [ana, sessions.paused, ago(3 * HOUR)]);
    await call(client, 'pause_session', [ana, sessions.paused, ago(2 * HOUR)]);
    await call(client, 'start_session', [ana, sessions.running, ago(HOUR)]);
    await call(client, 'stop_session', [ana, sessions.ended, null]);
  });

  const refused = (...statements: Statement[]): Promise<boolean> => isRejected(client, ...statements);

  const closeSegments = (id: string): Statement => [
    `UPDATE time_logs SET ended_at = least(s.expires_at, to_ms(now()))
       FROM session_participants p JOIN sessions s ON s.id = p.session_id
      WHERE p.id = participant_id AND s.id = $1 AND time_logs.ended_at IS NULL`,
    [id],
  ];
  const deleteLogs = (id: string): Statement => [
    'DELETE FROM time_logs l USING session_participants p WHERE p.id = l.participant_id AND p.session_id = $1',
    [id],
  ];
  const step = (from: State, to: State): Statement => [
    `UPDATE sessions SET ${states[to]} WHERE id = $1`,
    [sessions[from]],
  ];

  describe('cannot change a session in a way that no verb can:', () => {
    it.each<[State, State]>([
      ['scheduled', 'paused'],
      ['running', 'scheduled'],
      ['paused', 'scheduled'],
      ['ended', 'scheduled'],
      ['ended', 'running'],
      ['ended', 'paused'],
    ])('from %s to %s', async (from, to) => {
      // A host has one running session, which is not what is in question.
      if (to === 'running') await call(client, 'stop_session', [ana, sessions.running, null]);
      const id = sessions[from];
      expect(await rejection(client, closeSegments(id), deleteLogs(id), step(from, to))).toBe('LKSTA');
    });

    it.each<[State, State]>([
      ['running', 'paused'],
      ['scheduled', 'ended'],
      ['running', 'ended'],
      ['paused', 'ended'],
    ])('can change from %s to %s', async (from, to) => {
      expect(await refused(closeSegments(sessions[from]), step(from, to))).toBe(false);
    });

    it('cannot end one later than it ended by itself', async () => {
      const long = await call<string>(client, 'create_session', [ben, null, null], ago(14 * HOUR));
      await call(client, 'start_session', [ben, long, null], ago(13 * HOUR));
      const end = (at: string): Statement => [
        `UPDATE sessions SET status = 'ended', running_since = NULL, ended_at = ${at} WHERE id = $1`,
        [long],
      ];
      expect(await refused(closeSegments(long), end('to_ms(now())'))).toBe(true);
      expect(await refused(closeSegments(long), end('expires_at'))).toBe(false);
    });
  });

  it('cannot open a segment of a session that is not running', async () => {
    const open = `INSERT INTO time_logs (participant_id, started_at)
                  SELECT id, now() FROM session_participants WHERE session_id = $1`;
    for (const id of [sessions.scheduled, sessions.paused, sessions.ended]) {
      expect(await rejection(client, [open, [id]])).toBe('LKLOG');
    }
  });

  it('cannot give a host more than 20 scheduled sessions', async () => {
    const insert = `WITH made AS (INSERT INTO sessions (group_id, creator_id) SELECT $1, $2 FROM generate_series(1, $3)
                                  RETURNING id, creator_id)
                    INSERT INTO session_participants (session_id, user_id, role) SELECT id, creator_id, 'host' FROM made`;
    expect(await rejection(client, [insert, [group, ben, 21]])).toBe('LKSCH');
    expect(await rejection(client, [insert, [group, ben, 20]])).toBeUndefined();
    expect(await rejection(client, [insert, [null, ben, 1]])).toBe('LKSCH');
  });
});
