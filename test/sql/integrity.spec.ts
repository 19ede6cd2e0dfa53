import { beforeEach, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { errorCode, transaction, useDatabase } from './support/connections.js';
import { insertGroupOfTwo, call, insertGroup, HOUR, MISSING, insertPeople, insertPerson } from './support/fixtures.js';

/** What somebody at psql can and cannot do: nothing here goes by the functions that the API calls, unless it says so. */
describe('A second client of the database', () => {
  let client: pg.Client;
  let ana: string;
  let ben: string;
  let group: string;

  const database = useDatabase(async (opened) => {
    client = await opened.connect();
  });

  beforeEach(async () => {
    ({ ana, ben, group } = await insertGroupOfTwo(client));
  });

  const refused = (...statements: [string, unknown[]?][]): Promise<string | undefined> =>
    errorCode(transaction(client, ...statements));

  describe('finds exactly one owner at every commit:', () => {
    it('after deleting the membership', async () => {
      const statement = 'DELETE FROM group_members WHERE group_id = $1 AND user_id = $2';
      expect(await refused([statement, [group, ana]])).toBe('groups_owner_is_member');
    });

    it('after inserting a group without members', async () => {
      const statement = `INSERT INTO groups (owner_id, name, end_at, timezone, period, period_target_minutes)
                         VALUES ($1, 'Alone', now() + interval '1 day', 'UTC', 'daily', 60)`;
      expect(await refused([statement, [ana]])).toBe('groups_owner_is_member');
    });

    it('after changing the role', async () => {
      const statement = `UPDATE group_members SET role = 'admin' WHERE group_id = $1 AND user_id = $2`;
      expect(await refused([statement, [group, ana]])).toBe('groups_owner_is_member');
    });

    it("after deleting the owner's profile", async () => {
      expect(await refused(['DELETE FROM profiles WHERE id = $1', [ana]])).toBe('groups_owner_is_member');
    });

    it('after adding a second owner', async () => {
      const statement = `UPDATE group_members SET role = 'owner' WHERE group_id = $1`;
      expect(await refused([statement, [group]])).toBe('group_members_one_owner');
    });

    it('after changing groups.owner_id', async () => {
      const rename = 'UPDATE groups SET owner_id = $2 WHERE id = $1';
      expect(await refused([rename, [group, ben]])).toBe('groups_owner_is_member');
      expect(await refused([rename, [group, MISSING]])).toBe('groups_owner_is_member');
      const pass = 'UPDATE group_members SET role = $3 WHERE group_id = $1 AND user_id = $2';
      expect(await refused([pass, [group, ana, 'admin']], [pass, [group, ben, 'owner']])).toBe(
        'groups_owner_is_member',
      );
    });

    it('and another one after changing all three together', async () => {
      const pass = 'UPDATE group_members SET role = $3 WHERE group_id = $1 AND user_id = $2';
      const rename = 'UPDATE groups SET owner_id = $2 WHERE id = $1';
      expect(
        await refused([rename, [group, ben]], [pass, [group, ana, 'admin']], [pass, [group, ben, 'owner']]),
      ).toBeUndefined();
    });
  });

  describe('cannot add members', () => {
    const add = 'INSERT INTO group_members (group_id, user_id) VALUES ($1, $2)';

    it('to a group that was archived', async () => {
      await call(client, 'archive_group', [ana, group]);
      expect(await refused([add, [group, await insertPerson(client)]])).toBe('LKARC');
    });

    it('to a group whose end has passed, before a job archives it', async () => {
      await client.query(`UPDATE groups SET end_at = now() - interval '1 second' WHERE id = $1`, [group]);
      expect(await refused([add, [group, await insertPerson(client)]])).toBe('LKARC');
    });

    it('twice', async () => {
      expect(await refused([add, [group, ben]])).toBe('group_members_group_id_user_id_key');
    });

    it('beyond 500, one by one, many at once or in two transactions', async () => {
      const users = await insertPeople(client, 500);
      const addMany = 'INSERT INTO group_members (group_id, user_id) SELECT $1, unnest($2::uuid[])';
      expect(await refused([addMany, [group, users.slice(0, 499)]])).toBe('LKFUL');
      await client.query(addMany, [group, users.slice(0, 497)]);
      const other = await database.connect();
      await client.query('BEGIN');
      await client.query(add, [group, users[497]]);
      const late = errorCode(other.query(add, [group, users[498]]));
      await client.query('COMMIT');
      expect(await late).toBe('LKFUL');
    });

    it('by updating the group or the user of a membership', async () => {
      const other = await insertGroup(client, { owner: ana, members: [ben, await insertPerson(client)] });
      await call(client, 'archive_group', [ana, group]);
      const move = 'UPDATE group_members SET group_id = $2 WHERE group_id = $1 AND role = $3';
      expect(await refused([move, [other, group, 'member']])).toBe('23000');
      const swap = 'UPDATE group_members SET user_id = $2 WHERE group_id = $1 AND user_id = $3';
      expect(await refused([swap, [other, await insertPerson(client), ben]])).toBe('23000');
    });

    it('while the group is being archived in another transaction', async () => {
      const other = await database.connect();
      await client.query('BEGIN');
      await call(client, 'archive_group', [ana, group]);
      const late = errorCode(other.query(add, [group, await insertPerson(other)]));
      await client.query('COMMIT');
      expect(await late).toBe('LKARC');
    });
  });

  it('cannot set an override longer than the period', async () => {
    const set = 'UPDATE group_members SET override_period_target_minutes = $2 WHERE group_id = $1';
    expect(await refused([set, [group, 1441]])).toBe('group_members_override_within_period');
    expect(await refused([set, [group, 0]])).toBe('group_members_override_period_target_minutes_check');
    expect(await refused([set, [group, 1440]])).toBeUndefined();
  });

  it('cannot set a target, time zone, length or name outside the limits', async () => {
    const set = (column: string, value: unknown): Promise<string | undefined> =>
      refused([`UPDATE groups SET ${column} = $2 WHERE id = $1`, [group, value]]);
    expect(await set('period_target_minutes', 1441)).toBe('groups_target_within_period');
    expect(await set('period_target_minutes', 0)).toBe('groups_target_within_period');
    expect(await set('end_at', new Date(0))).toBe('groups_end_after_start');
    expect(await set('name', '')).toBe('groups_name_length');
    expect(await set('description', 'x'.repeat(2001))).toBe('groups_description_length');
    for (const zone of ['FOO+99', 'EST', 'posix/UTC', 'europe/paris', 'Nowhere/Land', 'right/Europe/Paris']) {
      expect([zone, await set('timezone', zone)]).toEqual([zone, 'groups_timezone_known']);
    }
    expect(await set('timezone', 'America/Argentina/Buenos_Aires')).toBeUndefined();
  });

  describe('with the logs of a session', () => {
    let session: string;
    let participant: string;

    beforeEach(async () => {
      session = await call<string>(client, 'create_session', [ben, group, null]);
      await call(client, 'start_session', [ben, session, new Date(Date.now() - 2 * HOUR)]);
      const { rows } = await client.query<{ id: string }>('SELECT id FROM session_participants WHERE session_id = $1', [
        session,
      ]);
      participant = rows[0]!.id;
    });

    const log = (start: number, end: number | null): Promise<string | undefined> => {
      const now = Date.now();
      return refused([
        'INSERT INTO time_logs (participant_id, manual, started_at, ended_at) VALUES ($1, $2, $3, $4)',
        [participant, end !== null, new Date(now + start), end === null ? null : new Date(now + end)],
      ]);
    };

    it('keeps each within its session', async () => {
      expect(await log(-3 * HOUR, -HOUR)).toBe('LKLOG');
      expect(await log(-HOUR, HOUR)).toBe('LKLOG');
      expect(await log(-HOUR, -HOUR)).toBe('time_logs_end_after_start');
      expect(await log(-HOUR, -HOUR / 2)).toBeUndefined();
      const later = `UPDATE time_logs SET ended_at = now() + interval '1 minute' WHERE participant_id = $1 AND manual`;
      expect(await refused([later, [participant]])).toBe('LKLOG');
    });

    it('has one open segment per participant', async () => {
      expect(await log(-HOUR, null)).toBe('time_logs_one_open_per_participant');
    });

    it('cannot open one while the session is scheduled, paused or ended', async () => {
      await call(client, 'pause_session', [ben, session, null]);
      expect(await log(-HOUR, null)).toBe('LKLOG');
      await call(client, 'stop_session', [ben, session, null]);
      expect(await log(-HOUR, null)).toBe('LKLOG');
      const idle = await call<string>(client, 'create_session', [ben, group, null]);
      const early = `INSERT INTO time_logs (participant_id, started_at)
                     SELECT id, now() FROM session_participants WHERE session_id = $1`;
      expect(await refused([early, [idle]])).toBe('LKLOG');
    });

    it('cannot end or pause the session with open segments', async () => {
      const end = `UPDATE sessions SET status = 'ended', ended_at = now(), running_since = NULL WHERE id = $1`;
      expect(await refused([end, [session]])).toBe('LKLOG');
      const pause = `UPDATE sessions SET status = 'paused', running_since = NULL WHERE id = $1`;
      expect(await refused([pause, [session]])).toBe('LKLOG');
      const close = 'UPDATE time_logs SET ended_at = to_ms(now()) WHERE participant_id = $1';
      expect(await refused([pause, [session]], [close, [participant]])).toBeUndefined();
    });

    it("cannot move the session's start or end into its logs", async () => {
      await log(-HOUR, -HOUR / 2);
      const start = `UPDATE sessions SET started_at = now() - interval '30 minutes' WHERE id = $1`;
      expect(await refused([start, [session]])).toBe('sessions_times_kept');
      await call(client, 'stop_session', [ben, session, null]);
      const end = `UPDATE sessions SET ended_at = now() - interval '90 minutes' WHERE id = $1`;
      expect(await refused([end, [session]])).toBe('LKLOG');
    });

    it('cannot move it or its participants to another group, session or person', async () => {
      const other = await insertGroup(client, { owner: ana, members: [ben] });
      const solo = await call<string>(client, 'create_session', [ana, null, null]);
      expect(await refused(['UPDATE sessions SET group_id = $2 WHERE id = $1', [session, other]])).toBe('23000');
      expect(await refused(['UPDATE sessions SET group_id = NULL WHERE id = $1', [session]])).toBe('23000');
      const move = (column: string, to: string): Promise<string | undefined> =>
        refused([`UPDATE session_participants SET ${column} = $2 WHERE id = $1`, [participant, to]]);
      expect(await move('session_id', solo)).toBe('23000');
      expect(await move('user_id', ana)).toBe('23000');
    });

    it('cannot start a second session of the host', async () => {
      const other = await call<string>(client, 'create_session', [ben, null, null]);
      const start = `UPDATE sessions SET status = 'running', started_at = now(), running_since = now() WHERE id = $1`;
      expect(await refused([start, [other]])).toBe('sessions_one_running_per_host');
    });

    it('finds the user and group of the participant in a log, whatever was inserted', async () => {
      const { rows } = await client.query(
        `INSERT INTO time_logs (participant_id, group_id, user_id, manual, started_at, ended_at)
         VALUES ($1, NULL, $2, true, now() - interval '1 hour', now() - interval '59 minutes') RETURNING group_id, user_id`,
        [participant, ana],
      );
      expect(rows).toEqual([{ group_id: group, user_id: ben }]);
    });
  });

  it('finds one pending invite per group and person', async () => {
    const guest = await insertPerson(client);
    const invite = `INSERT INTO notifications (recipient_id, kind, title, body, group_id)
                    VALUES ($2, 'group_invite', 'Invitation', 'Come', $1)`;
    expect(await refused([invite, [group, guest]])).toBeUndefined();
    expect(await refused([invite, [group, guest]])).toBe('notifications_one_pending_invite');
    await client.query(`UPDATE notifications SET status = 'declined' WHERE recipient_id = $1`, [guest]);
    expect(await refused([invite, [group, guest]])).toBeUndefined();
  });

  it('finds default timestamps truncated to milliseconds, never rounded into the future', async () => {
    for (let attempt = 0; attempt < 20; attempt++) {
      const { rows } = await client.query<{ exact: boolean }>(
        "INSERT INTO profiles DEFAULT VALUES RETURNING created_at = date_trunc('milliseconds', now()) AS exact",
      );
      expect(rows).toEqual([{ exact: true }]);
    }
  });
});
