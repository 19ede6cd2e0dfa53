import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type pg from 'pg';
import type { MemberHistory, MemberProgress, Progress } from '../../src/progress/progress.dto.js';
import { type Api, type Person, startApi } from '../support/api.js';
import { people } from '../support/factories.js';
import type { Club } from './model/club.js';
import { historyAt } from './model/race.js';
import { historyRow, raceRows } from './support/looks.js';
import { PROGRESS_ROW } from './support/looks.sql.js';
import { plans } from './support/plans.js';
import { play } from './support/play.js';
import { answersTo, compare, setStage } from './support/stage.js';
import { agreedZones } from './support/zones.js';

const RUNS = 50;
const PATIENCE = 90_000;

describe('The view and the endpoints', () => {
  let api: Api;
  let client: pg.PoolClient;
  let everybody: readonly Person[];
  let zones: string[];

  beforeAll(async () => {
    api = await startApi();
    everybody = await people(api, 'Ana', 'Ben', 'Cem', 'Dee');
    client = await api.database.connect();
    await setStage(client);
    zones = (await agreedZones(client)).agreed;
  }, PATIENCE);

  afterAll(async () => {
    client.release();
    await api.stop();
  });

  /** The group that a play has left in the database: the latest. */
  async function groupId(): Promise<string> {
    const { rows } = await client.query<{ id: string }>('SELECT id FROM groups LIMIT 1');
    return rows[0]!.id;
  }

  async function expectView(club: Club, group: string): Promise<void> {
    const { rows } = await client.query<{ at: Date; race: unknown[] }>(
      `SELECT to_ms(now()) AS at, json_agg(${PROGRESS_ROW} ORDER BY p.user_id) AS race
         FROM group_member_period_progress p WHERE p.group_id = $1`,
      [group],
    );
    expect(rows[0]!.race).toEqual(raceRows(club, rows[0]!.at.getTime()));
  }

  const rowOf = (row: Pick<MemberProgress, 'period_start' | 'period_end'> & Partial<MemberProgress>): unknown[] => [
    ...[Date.parse(row.period_start), Date.parse(row.period_end)],
    ...[row.seconds_done, row.target_minutes, row.goal_met],
  ];

  const byPerson = (a: unknown[], b: unknown[]): number => (String(a[0]) < String(b[0]) ? -1 : 1);

  async function expectCurrent(club: Club, group: string): Promise<void> {
    const { as_of, members } = await everybody[0]!.get(`/api/groups/${group}/progress/current`).expect<Progress>(200);
    const at = Date.parse(as_of);
    expect(members.map((row) => [row.user_id, ...rowOf(row)]).sort(byPerson)).toEqual(raceRows(club, at));
    expect(members.map(({ user_id, running }) => [user_id, running])).toEqual(
      members.map(({ user_id }) => [user_id, club.runs(user_id, at)]),
    );
    const joined = [...club.members];
    const inOrder = [...members].sort(
      (a, b) => b.seconds_done - a.seconds_done || joined.indexOf(a.user_id) - joined.indexOf(b.user_id),
    );
    expect(members.map(({ user_id, rank }) => [user_id, rank])).toEqual(
      inOrder.map(({ user_id }, index) => [user_id, index + 1]),
    );
  }

  /** The history says no instant: it is that of one during the request, in which at most one second begins. */
  async function expectHistory(club: Club, group: string): Promise<void> {
    const before = Date.now();
    const path = `/api/groups/${group}/progress/history`;
    const histories = await everybody[0]!.get(path).expect<MemberHistory[]>(200);
    const seen = histories
      .map((row) => [row.user_id, row.current_streak, row.best_streak, row.periods.map(rowOf)])
      .sort(byPerson);
    const expected = [before, Date.now()].map((at) =>
      [...historyAt(club, at)]
        .map(([person, rows]) => historyRow(person, { ...rows, periods: rows.periods.slice(0, 30) }))
        .sort(byPerson),
    );
    expect(expected).toContainEqual(seen);
  }

  it(
    'show what the oracle shows at the real time, of histories that led to it',
    async () => {
      const ids = everybody.map(({ id }) => id);
      const property = fc.asyncProperty(plans(zones, { now: Date.now() }), async (plan) => {
        await client.query('TRUNCATE groups, sessions CASCADE');
        const { club, lines } = play(plan, ids, Date.now());
        compare(lines, await answersTo(client, lines, true));
        const group = await groupId();
        club.pass(Math.max(0, Date.now() - club.now));
        await expectView(club, group);
        await expectCurrent(club, group);
        await expectHistory(club, group);
      });
      // Histories over HTTP take long to shorten.
      await fc.assert(property, {
        numRuns: RUNS,
        interruptAfterTimeLimit: PATIENCE * 0.7,
        markInterruptAsFailure: true,
      });
    },
    PATIENCE,
  );
});
