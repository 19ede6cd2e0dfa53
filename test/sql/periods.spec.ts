import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type pg from 'pg';
import { useDatabase } from './support/connections.js';
import {
  clockAt,
  dayStart,
  daysOfChange,
  DAY_MS,
  groupPeriod,
  knownToNode,
  periodAround,
  type Period,
} from './support/calendar.js';

const SECOND = 1_000;
const HOUR = 3_600_000;

/** For the properties, on a machine that has other things to do. */
const TIMEOUT_MS = 90_000;

/** A day, named by its midnight in UTC, in a zone. */
interface Case {
  zone: string;
  day: number;
}

describe('A period', () => {
  let client: pg.Client;
  let zones: string[];
  /** Zones that Node and this PostgreSQL tell differently, by their different ages: nothing can be compared there. */
  const differing = new Set<string>();

  useDatabase(async (database) => {
    client = await database.connect();
    const { rows } = await client.query<{ name: string }>(
      'SELECT name FROM pg_timezone_names WHERE is_timezone(name) ORDER BY name',
    );
    const names = rows.map((row) => row.name);
    zones = knownToNode(names);
    names.filter((name) => !zones.includes(name)).forEach((name) => differing.add(name));
  });

  afterAll(() => {
    if (differing.size > 0) console.info(`Excluded, because Node and PostgreSQL differ: ${[...differing].join(', ')}`);
  });

  /** The cases of zones whose clocks both sides agree on around the day, every quarter of an hour. */
  async function agreed(cases: Case[]): Promise<Case[]> {
    const { rows } = await client.query<{ clocks: string[] }>(
      `SELECT array(SELECT extract(epoch FROM to_timestamp((c ->> 'day')::float8 / 1000 + 900 * quarter)
                                              AT TIME ZONE (c ->> 'zone'))::bigint
                      FROM generate_series(-64, 64) quarter) AS clocks
         FROM jsonb_array_elements($1) WITH ORDINALITY AS list (c, place) ORDER BY place`,
      [JSON.stringify(cases)],
    );
    return cases.filter(({ zone, day }, index) => {
      const same = rows[index]!.clocks.every(
        (clock, quarter) => Number(clock) * SECOND === clockAt(zone, day + (quarter - 64) * 900 * SECOND),
      );
      if (!same) differing.add(zone);
      return same;
    });
  }

  async function dayStarts(cases: Case[]): Promise<number[]> {
    const { rows } = await client.query<{ start: string }>(
      `SELECT extract(epoch FROM day_start((to_timestamp((c ->> 'day')::float8 / 1000) AT TIME ZONE 'UTC')::date,
                                           c ->> 'zone')) * 1000 AS start
         FROM jsonb_array_elements($1) WITH ORDINALITY AS list (c, place) ORDER BY place`,
      [JSON.stringify(cases)],
    );
    return rows.map((row) => Number(row.start));
  }

  const describeCases = (cases: Case[], starts: number[]): string[] =>
    cases.map(({ zone, day }, index) => `${zone} ${iso(day).slice(0, 10)} begins ${iso(starts[index]!)}`);

  async function expectRightStarts(wanted: Case[]): Promise<void> {
    const cases = await agreed(wanted);
    expect(cases.length).toBeGreaterThan(0.9 * wanted.length);
    const starts = await dayStarts(cases);
    const right = cases.map(({ zone, day }) => dayStart(zone, day));
    expect(describeCases(cases, starts)).toEqual(describeCases(cases, right));
  }

  it(
    'begins at the first instant of its local day, in every zone around every clock change',
    async () => {
      const years = fc.oneof(
        { weight: 4, arbitrary: fc.integer({ min: 2000, max: 2030 }) },
        fc.integer({ min: 2031, max: 2098 }),
      );
      const property = fc.asyncProperty(years, fc.integer({ min: 0, max: 364 }), async (year, dayOfYear) => {
        const cases = zones.flatMap((zone) =>
          [
            Date.UTC(year, 0, 1) + dayOfYear * DAY_MS,
            ...daysOfChange(zone, year).flatMap((day) => [day - DAY_MS, day]),
          ].map((day) => ({ zone, day })),
        );
        await expectRightStarts(cases);
      });
      await fc.assert(property, { numRuns: 2, endOnFailure: true });
    },
    TIMEOUT_MS,
  );

  it('begins correctly where midnights are skipped or repeated, or days are skipped', async () => {
    const places: [zone: string, ...years: number[]][] = [
      ['America/Santiago', 2014, 2016, 2019, 2022, 2023, 2026],
      ['America/Havana', 2004, 2006, 2012, 2024, 2026],
      ['Asia/Beirut', 2006, 2020, 2022, 2024],
      ['Africa/Cairo', 2006, 2008, 2010, 2014, 2023, 2024],
      ['America/Asuncion', 2004, 2010, 2017, 2023],
      ['America/Sao_Paulo', 2002, 2006, 2012, 2018, 2019],
      ['America/St_Johns', 2006, 2010, 2011],
      ['Asia/Gaza', 2009, 2011, 2012, 2016, 2021],
      ['Asia/Amman', 2002, 2012, 2022],
      ['Asia/Tehran', 2005, 2021],
      ['Pacific/Apia', 2010, 2011, 2012],
      ['Pacific/Fakaofo', 2011],
      ['Pacific/Kwajalein', 1993],
      ['Australia/Lord_Howe', 2008, 2025],
      ['Antarctica/Troll', 2006, 2025],
      ['Asia/Pyongyang', 2015, 2018],
      ['America/Caracas', 2007, 2016],
      ['Asia/Kathmandu', 2026],
    ];
    const cases = places.flatMap(([zone, ...years]) =>
      years.flatMap((year) =>
        [...daysOfChange(zone, year), Date.UTC(year, 5, 15)].flatMap((day) =>
          [-2, -1, 0, 1, 2].map((days) => ({ zone, day: day + days * DAY_MS })),
        ),
      ),
    );
    await expectRightStarts(cases);
  });

  const group = (zone: string, period: Period, start: number, end: number) => ({ zone, period, start, end });

  async function periodOf(wanted: ReturnType<typeof group>, at: number): Promise<{ start: number; end: number }> {
    const { rows } = await client.query<{ period_start: Date; period_end: Date }>(
      'SELECT * FROM group_period_at(json_populate_record(NULL::groups, $1), $2)',
      [
        JSON.stringify({
          timezone: wanted.zone,
          period: wanted.period,
          start_at: iso(wanted.start),
          end_at: iso(wanted.end),
        }),
        iso(at),
      ],
    );
    return { start: rows[0]!.period_start.getTime(), end: rows[0]!.period_end.getTime() };
  }

  it(
    'is the local day or the week from Monday that an instant lies in, cut to the group; first before it, last after it',
    async () => {
      const instant = fc.integer({ min: Date.UTC(2000, 0, 5), max: Date.UTC(2040, 0, 1) });
      const span = fc.oneof(fc.integer({ min: 1, max: 3 * DAY_MS }), fc.integer({ min: 1, max: 60 * DAY_MS }));
      const near = fc.integer({ min: -26 * HOUR, max: 2 * HOUR });
      const property = fc.asyncProperty(
        fc.record({
          zone: fc.constantFrom(...zones),
          period: fc.constantFrom<Period>('daily', 'weekly'),
          instant,
          span,
          near,
          toChange: fc.boolean(),
        }),
        fc.integer({ min: -10 * DAY_MS, max: 70 * DAY_MS }),
        async ({ zone, period, span: length, near: milliseconds, toChange, ...some }, later) => {
          const change = toChange ? daysOfChange(zone, new Date(some.instant).getUTCFullYear())[0] : undefined;
          const start = (change ?? some.instant) - (change ? Math.floor(length / 2) : 0);
          const at = change ? change + milliseconds : start + (later % (length + 20 * DAY_MS));
          const checked = [at, start, start + length].flatMap((moment) => [
            { zone, day: Math.floor(moment / DAY_MS) * DAY_MS },
          ]);
          fc.pre((await agreed(checked)).length === checked.length);
          const wanted = group(zone, period, start, start + length);
          expect(await periodOf(wanted, at)).toEqual(groupPeriod(wanted, at));
        },
      );
      await fc.assert(property, { numRuns: 500 });
    },
    TIMEOUT_MS,
  );

  it('contains its last instant, and its end belongs to the next period', async () => {
    const zonesToTry = [
      'America/Havana',
      'America/St_Johns',
      'Pacific/Apia',
      'America/Santiago',
      'Asia/Kolkata',
      'UTC',
    ];
    const property = fc.asyncProperty(
      fc.constantFrom(...zonesToTry),
      fc.constantFrom<Period>('daily', 'weekly'),
      fc.integer({ min: Date.UTC(2005, 0, 5), max: Date.UTC(2026, 0, 1) }),
      async (zone, period, at) => {
        const always = group(zone, period, Date.UTC(2000, 0, 1), Date.UTC(2050, 0, 1));
        const { start, end } = periodAround(zone, period, at);
        expect(await periodOf(always, start)).toEqual({ start, end });
        expect(await periodOf(always, end - 1)).toEqual({ start, end });
        const next = await periodOf(always, end);
        expect(next.start).toBe(end);
        expect((await periodOf(always, start - 1)).end).toBe(start);
      },
    );
    await fc.assert(property, { numRuns: 100 });
  });

  it.each([
    ['a day of 23 hours', 'America/New_York', '2026-03-08', '2026-03-08T05:00:00Z', 82_800],
    ['a day of 25 hours', 'America/New_York', '2026-11-01', '2026-11-01T04:00:00Z', 90_000],
    ['a midnight that does not exist', 'America/Santiago', '2026-09-06', '2026-09-06T04:00:00Z', 82_800],
    ['a midnight that comes twice', 'America/Havana', '2026-11-01', '2026-11-01T04:00:00Z', 90_000],
    ['half an hour of summer time', 'Australia/Lord_Howe', '2026-10-04', '2026-10-03T13:30:00Z', 84_600],
    ['two hours of summer time', 'Antarctica/Troll', '2026-03-29', '2026-03-29T00:00:00Z', 79_200],
    ['the day before one that was skipped', 'Pacific/Apia', '2011-12-29', '2011-12-29T10:00:00Z', 86_400],
    ['a day that was skipped', 'Pacific/Apia', '2011-12-30', '2011-12-30T10:00:00Z', 0],
  ])('has the length of the calendar: %s', async (_, zone, day, begins, seconds) => {
    const { rows } = await client.query<{ begins: Date; seconds: string }>(
      `SELECT day_start($2::date, $1) AS begins,
              extract(epoch FROM day_start($2::date + 1, $1) - day_start($2::date, $1)) AS seconds`,
      [zone, day],
    );
    expect({ begins: rows[0]!.begins, seconds: Number(rows[0]!.seconds) }).toEqual({
      begins: new Date(begins),
      seconds,
    });
  });

  it('has what is left of the day before as its own, when clocks go back over midnight after it began', async () => {
    const always = group('America/St_Johns', 'daily', Date.UTC(2010, 0, 1), Date.UTC(2011, 0, 1));
    const day = { start: Date.parse('2010-11-07T02:30:00Z'), end: Date.parse('2010-11-08T03:30:00Z') };
    expect(await periodOf(always, Date.parse('2010-11-07T02:30:59Z'))).toEqual(day);
    expect(await periodOf(always, Date.parse('2010-11-07T03:00:00Z'))).toEqual(day);
  });

  it('is the one before when the group ends just where the next would begin', async () => {
    const tidy = group('UTC', 'daily', Date.UTC(2026, 6, 1), Date.UTC(2026, 6, 3));
    const last = { start: Date.UTC(2026, 6, 2), end: Date.UTC(2026, 6, 3) };
    expect(await periodOf(tidy, tidy.end)).toEqual(last);
    expect(await periodOf(tidy, tidy.end + 5 * DAY_MS)).toEqual(last);
  });

  it('begins on Monday when it is a week, also in a week without one of its days', async () => {
    const always = group('Pacific/Apia', 'weekly', Date.UTC(2011, 0, 1), Date.UTC(2013, 0, 1));
    expect(await periodOf(always, Date.parse('2011-12-31T12:00:00Z'))).toEqual({
      start: Date.parse('2011-12-26T10:00:00Z'),
      end: Date.parse('2012-01-01T10:00:00Z'),
    });
  });
});

function iso(instant: number): string {
  return new Date(instant).toISOString();
}
