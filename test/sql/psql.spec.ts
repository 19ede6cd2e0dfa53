import { beforeEach, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { USE_TEST_CLOCK, setClock } from './support/clock.js';
import { errorCode, useDatabase } from './support/connections.js';
import { insertGroupOfTwo, call, DAY, insertGroup, MISSING, insertPerson } from './support/fixtures.js';

describe('A user of psql', () => {
  let client: pg.Client;
  let ana: string;
  let ben: string;
  let group: string;

  useDatabase(async (database) => {
    client = await database.connect();
  });

  beforeEach(async () => {
    ({ ana, ben, group } = await insertGroupOfTwo(client));
  });

  describe('runs the SELECTs of specification 2:', () => {
    it("progress, with the view's columns", async () => {
      const { fields, rows } = await client.query(
        `SELECT * FROM group_member_period_progress WHERE group_id = '${group}' ORDER BY seconds_done DESC;`,
      );
      const columns = [
        'group_id',
        'user_id',
        'period_start',
        'period_end',
        'seconds_done',
        'target_minutes',
        'goal_met',
      ];
      expect(fields.map((field) => field.name)).toEqual(columns);
      expect(rows).toHaveLength(2);
    });

    it('clone_group, with the new owner, members and overrides', async () => {
      await client.query(
        'UPDATE group_members SET override_period_target_minutes = 90 WHERE group_id = $1 AND user_id = $2',
        [group, ana],
      );
      const newcomer = await insertPerson(client);
      const { rows } = await client.query<{ clone_group: string }>(`SELECT clone_group('${group}', '${newcomer}');`);
      const members = await client.query<{ user_id: string }>(
        'SELECT user_id, role, override_period_target_minutes AS override FROM group_members WHERE group_id = $1 ORDER BY role',
        [rows[0]!.clone_group],
      );
      expect(members.rows).toEqual([
        { user_id: newcomer, role: 'owner', override: null },
        { user_id: ana, role: 'admin', override: 90 },
        { user_id: ben, role: 'member', override: null },
      ]);
    });

    it('clone_group fails for an unknown group or owner', async () => {
      expect(await errorCode(client.query(`SELECT clone_group('${MISSING}', '${ana}');`))).toBe('LK404');
      expect(await errorCode(client.query(`SELECT clone_group('${group}', '${MISSING}');`))).toBe('LK404');
    });

    it('archive_expired_groups, which returns the number of archived groups', async () => {
      await client.query('SELECT archive_expired_groups()');
      await client.query(`UPDATE groups SET end_at = now() - interval '1 minute' WHERE id = $1`, [group]);
      const archive = async (): Promise<number> =>
        (await client.query<{ archive_expired_groups: number }>('SELECT archive_expired_groups();')).rows[0]!
          .archive_expired_groups;
      expect(await archive()).toBe(1);
      expect(await archive()).toBe(0);
      const { rows } = await client.query('SELECT status, archived_at = end_at AS at_end FROM groups WHERE id = $1', [
        group,
      ]);
      expect(rows).toEqual([{ status: 'archived', at_end: true }]);
    });
  });

  it('gets a clone of the same length in the local calendar, across clock changes', async () => {
    const zone = 'America/New_York';
    await client.query(USE_TEST_CLOCK);
    const original = await insertGroup(client, { owner: ana, timezone: zone });
    const id = async (startAt: string, endAt: string, at: string): Promise<Date> => {
      await setClock(client, new Date('2026-01-05T17:00Z'));
      await client.query('UPDATE groups SET start_at = $2, end_at = $3 WHERE id = $1', [original, startAt, endAt]);
      await setClock(client, new Date(at));
      const copy = await call<string>(client, 'clone_group_at', [original, ana], new Date(at));
      const { rows } = await client.query<{ end_at: Date }>('SELECT end_at FROM groups WHERE id = $1', [copy]);
      return rows[0]!.end_at;
    };
    // Four weeks from noon to noon, once without a change of clocks, the copy over the change in March, then November.
    expect(await id('2026-01-05T17:00Z', '2026-02-02T17:00Z', '2026-02-20T20:30Z')).toEqual(
      new Date('2026-03-20T19:30Z'),
    );
    expect(await id('2026-02-20T17:00Z', '2026-03-20T16:00Z', '2026-10-20T16:00Z')).toEqual(
      new Date('2026-11-17T17:00Z'),
    );
    expect(await id('2026-02-20T17:00Z', '2026-03-20T16:30Z', '2026-06-01T12:00Z')).toEqual(
      new Date('2026-06-29T12:30Z'),
    );
  });

  it('sees a group archived from its end on, with archived_at as that end', async () => {
    const end = new Date(Date.now() + DAY);
    await client.query('UPDATE groups SET end_at = $2 WHERE id = $1', [group, end]);
    const { rows } = await client.query(
      `SELECT group_status_at(g, g.end_at - interval '1 ms') AS before, group_status_at(g, g.end_at) AS then,
              group_json(g, g.end_at) ->> 'archived_at' AS archived_at FROM groups g WHERE id = $1`,
      [group],
    );
    expect(rows).toEqual([{ before: 'active', then: 'archived', archived_at: end.toISOString() }]);
  });
});
