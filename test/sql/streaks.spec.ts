import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { routines } from '../support/routines.js';
import { useDatabase } from './support/connections.js';
import { call, DAY, insertGroup, HOUR, insertPeople } from './support/fixtures.js';

/** Begins before all that happens here, and is long over before today: nothing depends on the clock. */
const START = Date.parse('2025-01-01T00:00Z');

interface Step {
  /** How much later than the step before, in hours. */
  hours: number;
  /** Who focused, how many hours ago it began, and for how many minutes. */
  logs: [person: number, hoursAgo: number, minutes: number][];
  remembers: boolean;
}

let client: pg.Client;
let second: pg.Client;
let users: string[];

useDatabase(async (database) => {
  [client, second] = await Promise.all([database.connect(), database.connect()]);
  users = await insertPeople(client, 3);
});

/** A session that is over, of somebody who may log time in it whenever they like; returns whom its logs belong to. */
async function endedSession(group: string, person: string, startedAt: number): Promise<string> {
  const [session, participant] = [randomUUID(), randomUUID()];
  await client.query(`BEGIN; SET LOCAL session_replication_role = 'replica'`);
  await client.query(
    `INSERT INTO sessions (id, group_id, creator_id, status, started_at, ended_at, stopped_by_host, created_at)
     VALUES ($1, $2, $3, 'ended', $4, $5, true, $4)`,
    [session, group, person, new Date(startedAt), new Date()],
  );
  await client.query(
    `INSERT INTO session_participants (id, session_id, user_id, role, session_created_at, session_ended)
     VALUES ($1, $2, $3, 'host', $4, true)`,
    [participant, session, person, new Date(startedAt)],
  );
  await client.query('COMMIT');
  return participant;
}

async function remembered(group: string): Promise<{ until: Date; current: number[]; best: number[]; stale: number }> {
  const { rows } = await client.query<{ until: Date; current: number[]; best: number[]; stale: number }>(
    `SELECT r.until, r.current, r.best, (SELECT count(*)::integer FROM stale_streaks s WHERE s.group_id = r.group_id) AS stale
       FROM remembered_streaks r WHERE r.group_id = $1`,
    [group],
  );
  return rows[0]!;
}

async function remember(at: number | Date, from = client): Promise<void> {
  while ((await call<number>(from, routines.rememberStreaks, [], new Date(at))) > 0);
}

const history = (group: string, at: number | Date): Promise<string> =>
  call(client, routines.progressHistory, [users[0], group, null, null], new Date(at));

async function recountedHistory(group: string, at: number): Promise<string> {
  await client.query('BEGIN');
  await client.query('SELECT mark_streaks_stale($1)', [group]);
  try {
    return await history(group, at);
  } finally {
    await client.query('ROLLBACK');
  }
}

const steps = fc.array(
  fc.record<Step>({
    hours: fc.integer({ min: 0, max: 200 }),
    logs: fc.array(
      fc.tuple(fc.nat(2), fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 900 })), fc.constant(60)),
      { maxLength: 12 },
    ),
    remembers: fc.boolean(),
  }),
  { minLength: 3, maxLength: 12 },
);

const groups = fc.record({
  period: fc.constantFrom('daily' as const, 'weekly' as const),
  timezone: fc.constantFrom('UTC', 'Pacific/Auckland', 'America/Santiago'),
  startAt: fc.nat(10 * DAY).map((later) => new Date(START + later)),
  endAt: fc.integer({ min: 20, max: 120 }).map((days) => new Date(START + days * DAY)),
  target: fc.constantFrom(30, 90),
});

describe('Remembered streaks', () => {
  it('equal streaks computed from the start of the group', async () => {
    const property = fc.asyncProperty(groups, steps, async ({ endAt, ...wishes }, story) => {
      const group = await insertGroup(client, { owner: users[0]!, members: users.slice(1), ...wishes });
      await client.query('UPDATE groups SET end_at = $2 WHERE id = $1', [group, endAt]);
      const participants: string[] = [];
      for (const person of users) participants.push(await endedSession(group, person, START));
      let at = START;
      for (const { hours, logs, remembers } of story) {
        at += hours * HOUR;
        for (const [person, hoursAgo, minutes] of logs) {
          const from = at - hoursAgo * HOUR;
          await client.query(`BEGIN; SET LOCAL session_replication_role = 'replica'`);
          await client.query(
            `INSERT INTO time_logs (participant_id, user_id, group_id, manual, started_at, ended_at) VALUES ($1, $2, $3, true, $4, $5)`,
            [participants[person], users[person], group, new Date(from), new Date(from + minutes * 60_000)],
          );
          // What notify_log_changes() does by the clock.
          if (hoursAgo > 13) await client.query('SELECT mark_streaks_stale($1)', [group]);
          await client.query('COMMIT');
        }
        if (remembers) await remember(at);
        expect(JSON.parse(await history(group, at))).toEqual(JSON.parse(await recountedHistory(group, at)));
      }
    });
    await fc.assert(property, { numRuns: 25 });
  }, 120_000);
});

describe('The streaks of a group of ten days, with an hour on each but the last two', () => {
  let group: string;
  let participant: string;

  const now = Date.now();
  const log = (from: number, by = client) =>
    by.query('INSERT INTO time_logs (participant_id, manual, started_at, ended_at) VALUES ($1, true, $2, $3)', [
      participant,
      new Date(from),
      new Date(from + HOUR),
    ]);
  const noon = (daysAgo: number): number => Math.floor(now / DAY) * DAY - daysAgo * DAY + DAY / 2;
  const streaksNow = async (): Promise<number[]> => {
    const [mine] = JSON.parse(await history(group, new Date())) as { current_streak: number; best_streak: number }[];
    return [mine!.current_streak, mine!.best_streak];
  };

  beforeEach(async () => {
    const startAt = new Date(Math.floor(now / DAY) * DAY - 9 * DAY);
    group = await insertGroup(client, { owner: users[0]!, startAt });
    participant = await endedSession(group, users[0]!, startAt.getTime());
    for (let daysAgo = 9; daysAgo > 1; daysAgo--) await log(noon(daysAgo));
    await remember(now);
  });

  it('are stored up to the period of a day ago', async () => {
    const { until, current, best, stale } = await remembered(group);
    expect([until.getTime(), current, best, stale]).toEqual([Math.floor(now / DAY) * DAY - DAY, [8], [8], 0]);
    expect(await streaksNow()).toEqual([0, 8]);
  });

  it('continue with the days since then', async () => {
    await log(noon(1));
    expect(await streaksNow()).toEqual([9, 9]);
  });

  it('are recomputed after a log of an earlier day is deleted or added', async () => {
    await client.query('DELETE FROM time_logs WHERE participant_id = $1 AND started_at = $2', [
      participant,
      new Date(noon(4)),
    ]);
    expect((await remembered(group)).stale).toBe(1);
    expect(await streaksNow()).toEqual([0, 5]);
    await remember(now);
    expect((await remembered(group)).stale).toBe(0);
    expect(await streaksNow()).toEqual([0, 5]);
    await log(noon(4));
    expect(await streaksNow()).toEqual([0, 8]);
  });

  it('are recomputed after the periods change', async () => {
    await client.query(`UPDATE groups SET period = 'weekly' WHERE id = $1`, [group]);
    expect((await remembered(group)).stale).toBe(1);
    await remember(now);
    expect((await streaksNow())[1]).toBeLessThanOrEqual(2);
  });

  it('stay when the group is archived at its end', async () => {
    await client.query("UPDATE groups SET end_at = to_ms(now()) - interval '1 minute' WHERE id = $1", [group]);
    await remember(now);
    expect(await call(client, routines.archiveExpiredGroups, [])).toBeGreaterThan(0);
    const { rows } = await client.query('SELECT status FROM groups WHERE id = $1', [group]);
    expect([rows[0], (await remembered(group)).stale]).toEqual([{ status: 'archived' }, 0]);
  });

  it('include logs that were not yet committed while they were computed', async () => {
    await second.query('BEGIN');
    await second.query('DELETE FROM time_logs WHERE participant_id = $1 AND started_at = $2', [
      participant,
      new Date(noon(4)),
    ]);
    await client.query('SELECT mark_streaks_stale($1)', [group]);
    await remember(now);
    expect(await streaksNow()).toEqual([0, 8]);
    await second.query('COMMIT');
    expect(await streaksNow()).toEqual([0, 5]);
    await remember(now);
    expect(await streaksNow()).toEqual([0, 5]);
  });

  it('are not computed by a second process', async () => {
    await client.query('SELECT mark_streaks_stale($1)', [group]);
    await second.query('BEGIN');
    await second.query('SELECT FROM remembered_streaks WHERE group_id = $1 FOR UPDATE', [group]);
    expect(await call(client, routines.rememberStreaks, [])).toBe(0);
    await second.query('ROLLBACK');
    expect(await call(client, routines.rememberStreaks, [])).toBe(1);
  });

  it('do not wait for a second process that deletes the rows of deleted groups', async () => {
    const [deleted] = users;
    await client.query('INSERT INTO stale_streaks (group_id) VALUES ($1)', [deleted]);
    await second.query('BEGIN');
    await second.query('SELECT FROM stale_streaks WHERE group_id = $1 FOR UPDATE', [deleted]);
    await client.query("SET lock_timeout = '1s'");
    expect(await call(client, routines.rememberStreaks, [])).toBe(0);
    await client.query('RESET lock_timeout');
    await second.query('ROLLBACK');
    await remember(now);
    const { rowCount } = await client.query('SELECT FROM stale_streaks WHERE group_id = $1', [deleted]);
    expect(rowCount).toBe(0);
  });

  it('leave no row of a deleted group or person', async () => {
    await call(client, routines.deleteAccount, [users[0]]);
    await remember(now);
    const { rows } = await client.query(
      `SELECT r.group_id FROM remembered_streaks r WHERE r.group_id = $1 OR $2 = ANY (r.user_ids)
       UNION ALL SELECT s.group_id FROM stale_streaks s WHERE s.group_id = $1`,
      [group, users[0]],
    );
    expect(rows).toEqual([]);
    await client.query('INSERT INTO profiles (id) VALUES ($1)', [users[0]]);
  });
});
