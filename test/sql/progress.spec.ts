import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type pg from 'pg';
import { USE_TEST_CLOCK, setClock } from './support/clock.js';
import { useDatabase } from './support/connections.js';
import { FORMER, progressCases, type ProgressCase } from './support/progress-generators.js';
import { type ProgressCaseIds, insertProgressCase } from './support/progress-setup.js';
import { modelProgressAt, type ProgressMember, type ProgressRow } from './support/progress-model.js';

const HOUR = 3_600_000;

/** Of the property tests, on a busy machine. */
const TIMEOUT_MS = 90_000;
const t = Date.parse;

describe('Progress', () => {
  let client: pg.Client;

  useDatabase(async (database) => {
    client = await database.connect();
    // Cases may lie at any time: the triggers that compare with the clock must not reject them.
    await client.query(USE_TEST_CLOCK);
    await setClock(client, Infinity);
  });

  /** Inserts a case, runs a query, and rolls back. */
  async function withCase<T>(progressCase: ProgressCase, query: (ids: ProgressCaseIds) => Promise<T>): Promise<T> {
    await client.query('BEGIN');
    try {
      return await query(await insertProgressCase(client, progressCase));
    } finally {
      await client.query('ROLLBACK');
    }
  }

  /** The rows of a query for a group's progress, with people as their numbers in the case. */
  async function rows(ids: ProgressCaseIds, text: string, values: unknown[]): Promise<ProgressRow[]> {
    const result = await client.query<Record<string, string | number | boolean | Date>>(text, values);
    const progress = result.rows.map((row) => {
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
    return progress.sort((a, b) => a.person - b.person);
  }

  const progressAt = (ids: ProgressCaseIds, at: number): Promise<ProgressRow[]> =>
    rows(ids, 'SELECT * FROM group_progress_at($1, $2)', [ids.group, new Date(at)]);

  const expected = ({ group, members, sessions, logs, at }: ProgressCase, more: ProgressMember[] = []): ProgressRow[] =>
    modelProgressAt(group, [...members, ...more], sessions, logs, at);

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
    "is the union of each member's time in the period, clamped to it, in this group only",
    async () => {
      const property = fc.asyncProperty(progressCases(instants), (progressCase) =>
        withCase(progressCase, async (ids) => {
          expect(await progressAt(ids, progressCase.at)).toEqual(expected(progressCase));
        }),
      );
      await fc.assert(property, { numRuns: 100 });
    },
    TIMEOUT_MS,
  );

  it(
    'leaves out former members, and counts their logs again when they return',
    async () => {
      const property = fc.asyncProperty(progressCases(instants), (progressCase) =>
        withCase(progressCase, async (ids) => {
          expect((await progressAt(ids, progressCase.at)).map(({ person }) => person)).not.toContain(FORMER);
          await client.query(`SET LOCAL session_replication_role = 'replica'`);
          await client.query(
            `INSERT INTO group_members (group_id, user_id, group_period) SELECT id, $2, period FROM groups WHERE id = $1`,
            [ids.group, ids.people[FORMER]],
          );
          expect(await progressAt(ids, progressCase.at)).toEqual(
            expected(progressCase, [{ person: FORMER, override: null }]),
          );
        }),
      );
      await fc.assert(property, { numRuns: 30 });
    },
    TIMEOUT_MS,
  );

  it(
    "is in the view at the database's current time",
    async () => {
      const property = fc.asyncProperty(progressCases(fc.constant(Date.now())), (progressCase) =>
        withCase(progressCase, async (ids) => {
          const clock = await client.query<{ at: Date }>('SELECT to_ms(now()) AS at');
          const now = clock.rows[0]!.at.getTime();
          const observed = await rows(ids, 'SELECT * FROM group_member_period_progress WHERE group_id = $1', [
            ids.group,
          ]);
          expect(observed).toEqual(expected({ ...progressCase, at: now }));
        }),
      );
      await fc.assert(property, { numRuns: 40 });
    },
    TIMEOUT_MS,
  );

  it('has no rows for a group that does not exist', async () => {
    const { rows: none } = await client.query('SELECT * FROM group_progress_at(gen_random_uuid(), now())');
    expect(none).toEqual([]);
  });

  /** A daily group that lasts a year, whose owner has the given logs. A null end means that the segment is running. */
  const aDay = (zone: string, at: string, logs: [start: string, end: string | null][]): ProgressCase => ({
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

  const ownerOf = (progressCase: ProgressCase): Promise<ProgressRow> =>
    withCase(progressCase, async (ids) => (await progressAt(ids, progressCase.at))[0]!);

  const NEW_YORK_NIGHT: [string, string] = ['2026-03-08T04:30Z', '2026-03-08T05:30Z'];
  const RUNNING: [string, null] = ['2026-07-02T03:00Z', null];

  it.each([
    [
      'a log over midnight in New York counts 1800 s on the first day',
      'America/New_York',
      '2026-03-08T04:59:59.999Z',
      [NEW_YORK_NIGHT],
      1800,
    ],
    ['and 1800 s on the second day', 'America/New_York', '2026-03-08T12:00Z', [NEW_YORK_NIGHT], 1800],
    ['a running segment counts up to now', 'America/New_York', '2026-07-02T04:10Z', [RUNNING], 600],
    ['and before midnight on the previous day', 'America/New_York', '2026-07-02T03:59:59.999Z', [RUNNING], 3599],
    [
      'overlapping time counts once',
      'UTC',
      '2026-07-02T12:00Z',
      [
        ['2026-07-02T10:00Z', '2026-07-02T11:00Z'],
        ['2026-07-02T10:30Z', '2026-07-02T11:30Z'],
      ],
      5400,
    ],
    [
      'a log inside another log adds nothing',
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

  it('counts a closed log in whole within its period, also when asked for an earlier instant', async () => {
    const closed = aDay('America/New_York', '2026-07-02T03:59:00Z', [['2026-07-02T03:00Z', '2026-07-02T04:10Z']]);
    expect((await ownerOf(closed)).seconds_done).toBe(3600);
  });

  it('meets a target of 60 minutes at 3600 s, not at 3599 s', async () => {
    const focus = (end: string): ProgressCase => aDay('UTC', '2026-07-02T12:00Z', [['2026-07-02T09:00Z', end]]);
    expect(await ownerOf(focus('2026-07-02T09:59:59.999Z'))).toMatchObject({ seconds_done: 3599, goal_met: false });
    expect(await ownerOf(focus('2026-07-02T10:00:00.000Z'))).toMatchObject({ seconds_done: 3600, goal_met: true });
  });

  it("is of the group's last period after its end, and of its first period before its start", async () => {
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

  it('is ordered by seconds, then by joining order', async () => {
    const progressCase = aDay('UTC', '2026-07-02T12:00Z', [['2026-07-02T09:00Z', '2026-07-02T10:00Z']]);
    progressCase.members = [0, 1, 2].map((person) => ({ person, override: null }));
    progressCase.logs = [{ session: 0, person: 1, start: progressCase.at - 3 * HOUR, end: progressCase.at - 2 * HOUR }];
    await withCase(progressCase, async (ids) => {
      await client.query(
        `UPDATE group_members m SET created_at = to_timestamp(10 - p.place)
           FROM unnest($1::uuid[]) WITH ORDINALITY AS p (id, place) WHERE m.user_id = p.id`,
        [ids.people],
      );
      const { rows: observed } = await client.query<{ body: { user_id: string; rank: number }[] }>(
        'SELECT body::json AS body FROM group_progress_json($1, $2, $3)',
        [ids.people[0], ids.group, new Date(progressCase.at)],
      );
      expect(observed[0]!.body.map((row) => [ids.people.indexOf(row.user_id), row.rank])).toEqual([
        [1, 1],
        [2, 2],
        [0, 3],
      ]);
    });
  });
});
