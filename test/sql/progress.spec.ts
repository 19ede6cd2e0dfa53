import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type pg from 'pg';
import { FOLLOW_CLOCK, setClock } from './support/clock.js';
import { openDatabase, type Connections } from './support/connections.js';
import { FORMER, histories, type History } from './support/histories.js';
import { type HistoryIds, writeHistory } from './support/history-rows.js';
import { raceAt, type RaceMember, type RaceRow } from './support/race-oracle.js';

const HOUR = 3_600_000;

/** For the properties, on a machine that has other things to do. */
const PATIENCE = 90_000;
const t = Date.parse;

describe('The race', () => {
  let database: Connections;
  let client: pg.Client;

  beforeAll(async () => {
    database = await openDatabase();
    client = await database.connect();
    // Histories lie anywhere in time: the triggers that compare with the present have none to compare with.
    await client.query(FOLLOW_CLOCK);
    await setClock(client, Infinity);
  });

  afterAll(() => database.close());

  /** Lets a history be true while something is asked of it. */
  async function during<T>(history: History, ask: (ids: HistoryIds) => Promise<T>): Promise<T> {
    await client.query('BEGIN');
    try {
      return await ask(await writeHistory(client, history));
    } finally {
      await client.query('ROLLBACK');
    }
  }

  /** The rows of a statement about a group's race, people by their number in the history. */
  async function rows(ids: HistoryIds, text: string, values: unknown[]): Promise<RaceRow[]> {
    const result = await client.query<Record<string, string | number | boolean | Date>>(text, values);
    const race = result.rows.map((row) => {
      expect(row['group_id']).toBe(ids.group);
      return {
        person: ids.people.indexOf(String(row['user_id'])),
        period_start: Number(row['period_start']),
        period_end: Number(row['period_end']),
        seconds_done: Number(row['seconds_done']),
        target_minutes: Number(row['target_minutes']),
        goal_met: Boolean(row['goal_met']),
      };
    });
    return race.sort((a, b) => a.person - b.person);
  }

  const progressAt = (ids: HistoryIds, at: number): Promise<RaceRow[]> =>
    rows(ids, 'SELECT * FROM group_progress_at($1, $2)', [ids.group, new Date(at)]);

  const expected = ({ group, members, sessions, logs, at }: History, more: RaceMember[] = []): RaceRow[] =>
    raceAt(group, [...members, ...more], sessions, logs, at);

  const instants = fc
    .constantFrom(
      '2026-03-08T12:00Z',
      '2026-07-02T03:00Z',
      '2026-09-06T04:00Z',
      '2026-11-01T05:00Z',
      '2026-10-03T15:30Z',
    )
    .map(t);

  it(
    "counts the union of each member's time in the period, cut to it, in this group alone",
    async () => {
      const property = fc.asyncProperty(histories(instants), (history) =>
        during(history, async (ids) => {
          expect(await progressAt(ids, history.at)).toEqual(expected(history));
        }),
      );
      await fc.assert(property, { numRuns: 100 });
    },
    PATIENCE,
  );

  it(
    'leaves out former members, and counts their logs again when they return',
    async () => {
      const property = fc.asyncProperty(histories(instants), (history) =>
        during(history, async (ids) => {
          expect((await progressAt(ids, history.at)).map(({ person }) => person)).not.toContain(FORMER);
          await client.query(`SET LOCAL session_replication_role = 'replica'`);
          await client.query(
            `INSERT INTO group_members (group_id, user_id, group_period) SELECT id, $2, period FROM groups WHERE id = $1`,
            [ids.group, ids.people[FORMER]],
          );
          expect(await progressAt(ids, history.at)).toEqual(expected(history, [{ person: FORMER, override: null }]));
        }),
      );
      await fc.assert(property, { numRuns: 30 });
    },
    PATIENCE,
  );

  it(
    "is what the view shows at the database's own time",
    async () => {
      const property = fc.asyncProperty(histories(fc.constant(Date.now())), (history) =>
        during(history, async (ids) => {
          const clock = await client.query<{ at: Date }>('SELECT to_ms(now()) AS at');
          const now = clock.rows[0]!.at.getTime();
          const seen = await rows(ids, 'SELECT * FROM group_member_period_progress WHERE group_id = $1', [ids.group]);
          expect(seen).toEqual(expected({ ...history, at: now }));
        }),
      );
      await fc.assert(property, { numRuns: 40 });
    },
    PATIENCE,
  );

  it('says nothing of a group that does not exist', async () => {
    const { rows: none } = await client.query('SELECT * FROM group_progress_at(gen_random_uuid(), now())');
    expect(none).toEqual([]);
  });

  /** A daily group of a year in a zone, whose owner has the given logs; a null end runs since its start. */
  const aDay = (zone: string, at: string, logs: [start: string, end: string | null][]): History => ({
    group: {
      zone,
      period: 'daily',
      start: t('2026-01-01T00:00Z'),
      endAt: t('2027-01-01T00:00Z'),
      archivedAt: null,
      target: 60,
    },
    members: [{ person: 0, override: null }],
    sessions: logs.map(([start, end]) => ({ place: 'group', runningSince: end === null ? t(start) : null })),
    logs: logs.map(([start, end], session) => ({
      session,
      person: 0,
      start: t(start),
      end: end === null ? null : t(end),
    })),
    at: t(at),
  });

  const ownerOf = (history: History): Promise<RaceRow> =>
    during(history, async (ids) => (await progressAt(ids, history.at))[0]!);

  const NEW_YORK_NIGHT: [string, string] = ['2026-03-08T04:30Z', '2026-03-08T05:30Z'];
  const RUNNING: [string, null] = ['2026-07-02T03:00Z', null];

  it.each([
    [
      "1800 s of a night in New York are the old day's",
      'America/New_York',
      '2026-03-08T04:59:59.999Z',
      [NEW_YORK_NIGHT],
      1800,
    ],
    ["1800 s of it are the day's that follows", 'America/New_York', '2026-03-08T12:00Z', [NEW_YORK_NIGHT], 1800],
    ['a running segment counts up to now', 'America/New_York', '2026-07-02T04:10Z', [RUNNING], 600],
    ['and before midnight for the day before', 'America/New_York', '2026-07-02T03:59:59.999Z', [RUNNING], 3599],
    [
      'time that overlaps counts once',
      'UTC',
      '2026-07-02T12:00Z',
      [
        ['2026-07-02T10:00Z', '2026-07-02T11:00Z'],
        ['2026-07-02T10:30Z', '2026-07-02T11:30Z'],
      ],
      5400,
    ],
    [
      'what lies inside another log adds nothing',
      'UTC',
      '2026-07-02T12:00Z',
      [
        ['2026-07-02T08:00Z', '2026-07-02T11:00Z'],
        ['2026-07-02T08:10Z', '2026-07-02T08:20Z'],
        ['2026-07-02T10:30Z', '2026-07-02T10:40Z'],
      ],
      10_800,
    ],
    [
      'fractions are summed before they are rounded down',
      'UTC',
      '2026-07-02T12:00Z',
      [
        ['2026-07-02T08:00:00Z', '2026-07-02T08:00:00.600Z'],
        ['2026-07-02T09:00:00Z', '2026-07-02T09:00:00.700Z'],
      ],
      1,
    ],
    ['a running segment ends with its session after twelve hours', 'UTC', '2026-07-02T23:00Z', [RUNNING], 12 * 3600],
    [
      'a log by hand over a running segment counts once',
      'UTC',
      '2026-07-02T04:00Z',
      [RUNNING, ['2026-07-02T03:30Z', '2026-07-02T03:40Z']],
      3600,
    ],
  ] as [string, string, string, [string, string | null][], number][])('%s', async (_, zone, at, logs, seconds) => {
    expect((await ownerOf(aDay(zone, at, logs))).seconds_done).toBe(seconds);
  });

  it("shows yesterday's whole share of a segment that still runs, once it is closed", async () => {
    const closed = aDay('America/New_York', '2026-07-02T03:59:00Z', [['2026-07-02T03:00Z', '2026-07-02T04:10Z']]);
    expect((await ownerOf(closed)).seconds_done).toBe(3600);
  });

  it('calls a goal of 60 minutes met at 3600 s, not at 3599', async () => {
    const focus = (end: string): History => aDay('UTC', '2026-07-02T12:00Z', [['2026-07-02T09:00Z', end]]);
    expect(await ownerOf(focus('2026-07-02T09:59:59.999Z'))).toMatchObject({ seconds_done: 3599, goal_met: false });
    expect(await ownerOf(focus('2026-07-02T10:00:00.000Z'))).toMatchObject({ seconds_done: 3600, goal_met: true });
  });

  it("goes by the group's last period once it has ended, and by its first before it starts", async () => {
    const logs: [string, string][] = [['2026-07-02T09:00Z', '2026-07-02T10:00Z']];
    const ended = aDay('UTC', '2026-07-09T12:00Z', logs);
    ended.group.archivedAt = t('2026-07-02T09:30Z');
    expect(await ownerOf(ended)).toMatchObject({
      period_start: t('2026-07-02T00:00Z'),
      period_end: t('2026-07-02T09:30Z'),
      seconds_done: 1800,
    });
    const early = aDay('UTC', '2026-06-01T12:00Z', logs);
    early.group.start = t('2026-07-02T09:45Z');
    expect(await ownerOf(early)).toMatchObject({
      period_start: t('2026-07-02T09:45Z'),
      period_end: t('2026-07-03T00:00Z'),
      seconds_done: 900,
    });
  });

  it('lists by seconds, then by joining, for the API as for psql', async () => {
    const history = aDay('UTC', '2026-07-02T12:00Z', [['2026-07-02T09:00Z', '2026-07-02T10:00Z']]);
    history.members = [0, 1, 2].map((person) => ({ person, override: null }));
    history.logs = [{ session: 0, person: 1, start: history.at - 3 * HOUR, end: history.at - 2 * HOUR }];
    await during(history, async (ids) => {
      await client.query(
        `UPDATE group_members m SET created_at = to_timestamp(10 - p.place)
           FROM unnest($1::uuid[]) WITH ORDINALITY AS p (id, place) WHERE m.user_id = p.id`,
        [ids.people],
      );
      const { rows: seen } = await client.query<{ body: { members: { user_id: string; rank: number }[] } }>(
        'SELECT body::json AS body FROM group_progress_json($1, $2, $3)',
        [ids.people[0], ids.group, new Date(history.at)],
      );
      expect(seen[0]!.body.members.map((row) => [ids.people.indexOf(row.user_id), row.rank])).toEqual([
        [1, 1],
        [2, 2],
        [0, 3],
      ]);
    });
  });
});
