import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { type Focus, focusAt } from '../oracle/model/focus.js';
import { errorCode, useDatabase } from './support/connections.js';
import { DAY, HOUR, insertPerson } from './support/fixtures.js';

interface Asked {
  timezone?: string;
  from?: string | null;
  to?: string | null;
  at: number;
}

let client: pg.Client;
let ana: string;

useDatabase(async (database) => {
  client = await database.connect();
});
beforeEach(async () => {
  ana = await insertPerson(client);
});

async function focus({ timezone = 'UTC', from = null, to = null, at }: Asked): Promise<Focus> {
  const { rows } = await client.query<{ focus: string }>('SELECT focus_of($1, $2, $3, $4, $5) AS focus', [
    ...[ana, timezone, from, to],
    new Date(at),
  ]);
  return JSON.parse(rows[0]!.focus) as Focus;
}

/** Writes logs at any time, which triggers would refuse; one without an end runs in a session that expires after 12 hours. */
async function logs(...spans: (readonly [start: number, end: number | null])[]): Promise<void> {
  await client.query(`BEGIN; SET LOCAL session_replication_role = 'replica'`);
  for (const [start, end] of spans) {
    const [session, participant] = [randomUUID(), randomUUID()];
    const began = new Date(start);
    await client.query(
      `INSERT INTO sessions (id, creator_id, status, started_at, running_since, ended_at, expires_at, created_at)
       VALUES ($1, CASE WHEN $3::timestamptz IS NULL THEN gen_random_uuid() END, CASE WHEN $3::timestamptz IS NULL THEN 'running' ELSE 'ended' END::session_status, $2,
               CASE WHEN $3::timestamptz IS NULL THEN $2::timestamptz END, $3, CASE WHEN $3::timestamptz IS NULL THEN $4::timestamptz END, $2)`,
      [session, began, end === null ? null : new Date(end), new Date(start + 12 * HOUR)],
    );
    await client.query(
      `INSERT INTO session_participants (id, session_id, user_id, session_created_at, session_ended) VALUES ($1, $2, $3, $4, $5)`,
      [participant, session, ana, began, end !== null],
    );
    await client.query(
      'INSERT INTO time_logs (participant_id, user_id, started_at, ended_at) VALUES ($1, $2, $3, $4)',
      [...[participant, ana, began], end === null ? null : new Date(end)],
    );
  }
  await client.query('COMMIT');
}

const t = (text: string): number => Date.parse(text);
const log = (start: string, end: string | null): readonly [number, number | null] => [
  t(start),
  end === null ? null : t(end),
];
const seconds = ({ days }: Focus): number[] => days.map((day) => day.seconds);

describe('The focus of a user', () => {
  it('lists the last 30 days, today last, also without any time', async () => {
    const answer = await focus({ timezone: 'Asia/Tokyo', at: t('2026-03-01T20:00Z') });
    expect(answer.days).toHaveLength(30);
    expect([answer.days[0], answer.days.at(-1)]).toEqual([
      { date: '2026-02-01', seconds: 0 },
      { date: '2026-03-02', seconds: 0 },
    ]);
    expect(answer).toMatchObject({ timezone: 'Asia/Tokyo', current_streak: 0, best_streak: 0 });
  });

  it('counts overlapping time once, sums first and then rounds down, and splits at midnight', async () => {
    await logs(
      log('2026-03-01T10:00:00.000Z', '2026-03-01T10:00:00.600Z'),
      log('2026-03-01T11:00:00.000Z', '2026-03-01T11:00:00.600Z'),
      log('2026-03-01T11:00:00.100Z', '2026-03-01T11:00:00.500Z'),
      log('2026-03-01T23:59:50Z', '2026-03-02T00:00:05Z'),
    );
    expect(seconds(await focus({ from: '2026-03-01', to: '2026-03-03', at: t('2026-03-04T00:00Z') }))).toEqual([
      11, 5, 0,
    ]);
  });

  it('counts a running segment up to now, and not beyond the end of its session', async () => {
    await logs(log('2026-03-01T08:00Z', null));
    const at = (time: string) => focus({ from: '2026-03-01', to: '2026-03-01', at: t(time) });
    expect(seconds(await at('2026-03-01T08:01Z'))).toEqual([60]);
    expect(seconds(await at('2026-03-02T08:00Z'))).toEqual([12 * 3600]);
  });

  it.each([
    ['a day of 23 hours', 'Europe/Paris', '2026-03-29', [82_800]],
    ['a day of 25 hours', 'Europe/Paris', '2026-10-25', [90_000]],
    ['a day without a midnight', 'America/Santiago', '2026-09-06', [82_800]],
    ['a day that the zone skipped', 'Pacific/Apia', '2011-12-30', []],
  ])('knows %s', async (_, timezone, day, expected) => {
    await logs([t(day) - 3 * DAY, t(day) + 3 * DAY]);
    expect(seconds(await focus({ timezone, from: day, to: day, at: t(day) + 4 * DAY }))).toEqual(expected);
  });

  it('has a streak that today does not break, over all of the time', async () => {
    const day = (date: string) => log(`${date}T12:00:00Z`, `${date}T12:00:01Z`);
    await logs(day('2026-01-01'), day('2026-01-02'), day('2026-01-03'), day('2026-03-01'), day('2026-03-02'));
    const streaks = async (at: string) => {
      const { current_streak, best_streak } = await focus({ from: '2026-05-01', to: '2026-05-02', at: t(at) });
      return [current_streak, best_streak];
    };
    expect(await streaks('2026-03-02T18:00Z')).toEqual([2, 3]);
    expect(await streaks('2026-03-03T23:59Z')).toEqual([2, 3]);
    expect(await streaks('2026-03-04T00:00Z')).toEqual([0, 3]);
  });

  it('needs a whole second for a streak, and no day that the zone skipped', async () => {
    await logs(log('2026-03-01T12:00:00.000Z', '2026-03-01T12:00:00.999Z'));
    expect(await focus({ at: t('2026-03-01T13:00Z') })).toMatchObject({ current_streak: 0, best_streak: 0 });
    await logs(
      log('2011-12-29T12:00-10:00', '2011-12-29T12:01-10:00'),
      log('2011-12-31T12:00+14:00', '2011-12-31T12:01+14:00'),
    );
    expect(await focus({ timezone: 'Pacific/Apia', at: t('2026-03-01T13:00Z') })).toMatchObject({ best_streak: 2 });
  });

  it.each([
    ['an unknown zone', { timezone: 'europe/paris' }, 'focus_timezone_known'],
    ['from after to', { from: '2026-03-02', to: '2026-03-01' }, 'history_in_order'],
    ['from after today', { from: '2026-03-02' }, 'history_in_order'],
    ['367 days', { from: '2025-03-01', to: '2026-03-02' }, 'focus_at_most_366'],
  ])('refuses %s', async (_, asked, rule) => {
    expect(await errorCode(focus({ ...asked, at: t('2026-03-01T12:00Z') }))).toBe(rule);
  });

  it('spans 366 days', async () => {
    expect((await focus({ from: '2025-03-01', to: '2026-03-01', at: t('2026-03-01T12:00Z') })).days).toHaveLength(366);
  });
});

it('The focus is that of an independent model, for any logs in any zone', async () => {
  const zones = [
    'UTC',
    'Europe/Paris',
    'America/Santiago',
    'Pacific/Apia',
    'America/Goose_Bay',
    'Asia/Kathmandu',
    'America/Havana',
  ];
  const arounds = [
    '2026-03-29T00:00Z',
    '2011-12-30T10:00Z',
    '2026-09-06T04:00Z',
    '2010-11-07T03:00Z',
    '2026-11-01T04:00Z',
  ];
  const span = fc.tuple(fc.integer({ min: -40 * DAY, max: 2 * DAY }), fc.integer({ min: 1, max: 40 * HOUR }));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...zones),
      fc.constantFrom(...arounds),
      fc.integer({ min: -2 * DAY, max: 2 * DAY }),
      fc.array(span, { maxLength: 25 }),
      async (timezone, around, offset, offsets) => {
        ana = await insertPerson(client);
        const at = t(around) + offset;
        const spans = offsets
          .map(([start, length]) => ({ start: t(around) + start, end: Math.min(t(around) + start + length, at) }))
          .filter(({ start, end }) => start < end);
        await logs(...spans.map(({ start, end }) => [start, end] as const));
        expect(await focus({ timezone, at })).toEqual({ timezone, ...focusAt(spans, timezone, at) });
      },
    ),
    { numRuns: 60 },
  );
}, 120_000);

it('The focus of 20,000 logs is read from one index range', async () => {
  const at = t('2026-11-01T12:00Z');
  await client.query(`BEGIN; SET LOCAL session_replication_role = 'replica'`);
  await client.query(
    `INSERT INTO time_logs (participant_id, user_id, started_at, ended_at)
     SELECT gen_random_uuid(), CASE WHEN other THEN gen_random_uuid() ELSE $1::uuid END, began, began + interval '20 minutes'
       FROM (SELECT other, $2::timestamptz - nth * interval '1 hour' AS began
               FROM generate_series(1, 20000) nth, unnest('{true,false}'::boolean[]) other) o`,
    [ana, new Date(at)],
  );
  await client.query('COMMIT');
  await client.query('VACUUM ANALYZE time_logs');
  const durations: number[] = [];
  for (let round = 0; round < 7; round++) {
    const begun = performance.now();
    expect((await focus({ timezone: 'Europe/Paris', at })).best_streak).toBeGreaterThan(800);
    durations.push(performance.now() - begun);
  }
  // A scan of every log for each day would take seconds.
  expect(Math.min(...durations)).toBeLessThan(150);
  await client.query('SELECT pg_stat_force_next_flush()');
  const { rows } = await client.query<{ used: string }>(
    "SELECT idx_scan AS used FROM pg_stat_user_indexes WHERE indexrelname = 'time_logs_of_user'",
  );
  expect(Number(rows[0]!.used)).toBeGreaterThan(0);
});
