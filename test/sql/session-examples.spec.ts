import { beforeEach, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { USE_TEST_CLOCK, setClock } from './support/clock.js';
import { errorCode, useDatabase } from './support/connections.js';
import { insertGroupOfTwo, call, DAY, HOUR } from './support/fixtures.js';

describe('A session', () => {
  let client: pg.Client;
  let ana: string;
  let ben: string;
  let group: string;
  let begin: number;

  useDatabase(async (database) => {
    client = await database.connect();
    await client.query(USE_TEST_CLOCK);
  });

  beforeEach(async () => {
    await setClock(client, new Date());
    ({ ana, ben, group } = await insertGroupOfTwo(client));
    // Far enough back for a day to pass since.
    begin = Date.now() - 2 * DAY;
  });

  const after = (hours: number): Date => new Date(begin + hours * HOUR);

  /** A session of Ana's in the group that runs since `begin`. */
  async function running(): Promise<string> {
    const id = await call<string>(client, 'create_session', [ana, group, null], after(0));
    await call(client, 'start_session', [ana, id, null], after(0));
    return id;
  }

  async function shown(id: string, at: Date): Promise<{ status: string; ended_at: Date | null }> {
    const { rows } = await client.query<{ status: string; ended_at: Date | null }>(
      'SELECT session_status_at(s, $2) AS status, session_end_at(s, $2) AS ended_at FROM sessions s WHERE id = $1',
      [id, at],
    );
    return rows[0]!;
  }

  /** Start and end of somebody's logs, in hours since the beginning. */
  async function logs(id: string, person: string): Promise<(number | null)[][]> {
    const { rows } = await client.query<{ started_at: Date; ended_at: Date | null }>(
      `SELECT l.started_at, l.ended_at FROM time_logs l JOIN session_participants p ON p.id = l.participant_id
        WHERE p.session_id = $1 AND p.user_id = $2 ORDER BY l.started_at`,
      [id, person],
    );
    const hours = (at: Date): number => (at.getTime() - begin) / HOUR;
    return rows.map((row) => [hours(row.started_at), row.ended_at && hours(row.ended_at)]);
  }

  it('ends by itself twelve hours after its last start or resume, for every reader and before any job', async () => {
    const id = await running();
    await call(client, 'pause_session', [ana, id, null], after(10));
    await call(client, 'resume_session', [ana, id, null], after(11));
    expect(await shown(id, new Date(after(23).getTime() - 1))).toMatchObject({ status: 'running', ended_at: null });
    expect(await shown(id, after(23))).toEqual({ status: 'ended', ended_at: after(23) });
    const again = await call<string>(client, 'create_session', [ana, null, null], after(23));
    await call(client, 'start_session', [ana, again, null], after(23));
    expect(await shown(again, after(23))).toMatchObject({ status: 'running' });
    expect(await logs(id, ana)).toEqual([
      [0, 10],
      [11, 23],
    ]);
  });

  it("accepts the host's first stop also after it ended by itself, and moves its end and segments back", async () => {
    const id = await running();
    await call(client, 'join_session', [ben, id], after(2));
    expect(await errorCode(call(client, 'pause_session', [ana, id, after(5)], after(20)))).toBe('LKSTA');
    await call(client, 'add_log', [ben, id, after(1), after(2)], after(20));
    await call(client, 'stop_session', [ana, id, after(5)], after(20));
    expect(await shown(id, after(20))).toEqual({ status: 'ended', ended_at: after(5) });
    expect(await logs(id, ana)).toEqual([[0, 5]]);
    expect(await logs(id, ben)).toEqual([
      [1, 2],
      [2, 5],
    ]);
  });

  it('drops segments that would have started at or after such a stop', async () => {
    const id = await running();
    await call(client, 'join_session', [ben, id], after(5));
    await call(client, 'stop_session', [ana, id, after(5)], after(20));
    expect(await logs(id, ben)).toEqual([]);
    expect(await shown(id, after(20))).toEqual({ status: 'ended', ended_at: after(5) });
  });

  it('opens no segment before the return of a participant who left', async () => {
    const id = await running();
    await call(client, 'join_session', [ben, id], after(1));
    await call(client, 'leave_session', [ben, id, ben], after(2));
    await call(client, 'pause_session', [ana, id, null], after(3));
    await call(client, 'join_session', [ben, id], after(5));
    await call(client, 'resume_session', [ana, id, after(4)], after(6));
    expect(await logs(id, ben)).toEqual([
      [1, 2],
      [5, null],
    ]);
    expect(await logs(id, ana)).toEqual([
      [0, 3],
      [4, null],
    ]);
  });

  it('counts only one stop: a later one, with any time, has no effect', async () => {
    const id = await running();
    await call(client, 'stop_session', [ana, id, after(3)], after(4));
    for (const requestedAt of [after(1), after(3), after(4), after(-400), after(400), null]) {
      await call(client, 'stop_session', [ana, id, requestedAt], after(5));
      expect(await shown(id, after(5))).toEqual({ status: 'ended', ended_at: after(3) });
      expect(await logs(id, ana)).toEqual([[0, 3]]);
    }
  });

  it('never changes a closed log: one that ends after a late stop ends the session', async () => {
    const id = await running();
    await call(client, 'join_session', [ben, id], after(1));
    await call(client, 'leave_session', [ben, id, ben], after(6));
    await call(client, 'stop_session', [ana, id, after(4)], after(7));
    expect(await logs(id, ben)).toEqual([[1, 6]]);
    expect(await logs(id, ana)).toEqual([[0, 4]]);
    expect(await shown(id, after(7))).toEqual({ status: 'ended', ended_at: after(6) });
  });

  it('opens segments at the later of the requested time and the joining, and drops one that would end before its start', async () => {
    const id = await call<string>(client, 'create_session', [ana, group, null], after(1));
    await call(client, 'join_session', [ben, id], after(2));
    await call(client, 'start_session', [ana, id, after(0)], after(3));
    expect(await logs(id, ana)).toEqual([[0, null]]);
    expect(await logs(id, ben)).toEqual([[2, null]]);
    await call(client, 'pause_session', [ana, id, after(1)], after(4));
    expect(await logs(id, ana)).toEqual([[0, 1]]);
    expect(await logs(id, ben)).toEqual([]);
  });

  it('ends with its group, also for late verbs', async () => {
    const id = await running();
    await client.query('UPDATE groups SET end_at = $2 WHERE id = $1', [group, after(4)]);
    expect(await shown(id, after(4))).toEqual({ status: 'ended', ended_at: after(4) });
    expect(await errorCode(call(client, 'pause_session', [ana, id, after(3)], after(5)))).toBe('LKSTA');
    expect(await errorCode(call(client, 'add_log', [ana, id, after(1), after(2)], after(5)))).toBe('LKARC');
    await call(client, 'archive_groups_expired_at', [], after(6));
    expect(await logs(id, ana)).toEqual([[0, 4]]);
    await call(client, 'stop_session', [ana, id, after(2)], after(6));
    expect(await logs(id, ana)).toEqual([[0, 2]]);
    expect(await shown(id, after(6))).toEqual({ status: 'ended', ended_at: after(2) });
  });

  it('that was never started ends 24 hours after its scheduled start', async () => {
    const id = await call<string>(client, 'create_session', [ana, group, after(3)], after(0));
    expect(await shown(id, new Date(after(27).getTime() - 1))).toMatchObject({ status: 'scheduled' });
    expect(await shown(id, after(27))).toEqual({ status: 'ended', ended_at: after(27) });
    expect(await errorCode(call(client, 'start_session', [ana, id, after(26)], after(28)))).toBe('LKSTA');
  });

  it('can be read at an instant before its last start, which another transaction has written', async () => {
    const id = await running();
    await call(client, 'pause_session', [ana, id, null], after(1));
    await call(client, 'resume_session', [ana, id, null], after(3));
    await call(client, 'add_log', [ana, id, after(0), after(4)], after(5));
    const { rows } = await client.query<{ seconds: number[] }>(
      "SELECT ARRAY(SELECT (p ->> 'seconds_logged')::int FROM json_array_elements(participant_list($1, at)) p) AS seconds FROM unnest($2::timestamptz[]) at",
      [id, [after(2), after(5)]],
    );
    expect(rows.map(({ seconds }) => seconds)).toEqual([[(4 * HOUR) / 1000], [(5 * HOUR) / 1000]]);
  });

  it('rejects a manual log in the future or before its start', async () => {
    const id = await running();
    const future = new Date(Date.now() + 5_000);
    expect(await errorCode(call(client, 'add_log', [ana, id, after(1), future]))).toBe('LKLOG');
    expect(await errorCode(call(client, 'add_log', [ana, id, after(-1), after(1)], after(2)))).toBe('LKLOG');
  });

  it('reports the running session when another one is started', async () => {
    const id = await running();
    const other = await call<string>(client, 'create_session', [ana, null, null], after(1));
    const refused = call(client, 'start_session', [ana, other, null], after(1));
    await expect(refused).rejects.toMatchObject({ code: 'LKRUN', detail: id });
  });

  it('has at most twenty scheduled sessions of its host', async () => {
    for (let count = 0; count < 20; count++) await call(client, 'create_session', [ana, null, null], after(0));
    expect(await errorCode(call(client, 'create_session', [ana, null, null], after(1)))).toBe('LKSCH');
    await call(client, 'create_session', [ben, null, null], after(1));
    // A day later they have ended by themselves.
    await call(client, 'create_session', [ana, null, null], after(24));
  });

  it('ends when its host leaves the group; the logs stay and count', async () => {
    const id = await call<string>(client, 'create_session', [ben, group, null], after(0));
    await call(client, 'start_session', [ben, id, null], after(0));
    await call(client, 'remove_member', [ben, group, ben], after(2));
    await call(client, 'stop_session', [ben, id, after(1)], after(3));
    expect(await shown(id, after(3))).toEqual({ status: 'ended', ended_at: after(2) });
    expect(await logs(id, ben)).toEqual([[0, 2]]);
  });
});
