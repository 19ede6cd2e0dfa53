import fc from 'fast-check';
import { DAY_MS, type Period } from './calendar.js';
import type { RaceGroup, RaceLog, RaceMember, RaceSession } from './race-oracle.js';

/** A past of a few people in one group and around it, as odd as rows can be. */
export interface History {
  group: RaceGroup;
  members: RaceMember[];
  sessions: RaceSession[];
  logs: RaceLog[];
  at: number;
}

const HOUR = 3_600_000;

/** Person 0 owns the group, 1 and 2 are members, 3 was one. */
export const OWNER = 0;
export const FORMER = 3;

const MEMBERS = [OWNER, 1, 2];
const PEOPLE = [...MEMBERS, FORMER];

/** Some round, so that ends meet; some to the millisecond. */
const offset = (least: number, most: number): fc.Arbitrary<number> =>
  fc.oneof(
    fc.integer({ min: Math.ceil(least / HOUR), max: Math.floor(most / HOUR) }).map((hours) => hours * HOUR),
    fc.integer({ min: least, max: most }),
  );

const zone = fc.constantFrom(
  ...['UTC', 'America/New_York', 'Asia/Kolkata', 'America/Santiago', 'America/Havana', 'Australia/Lord_Howe'],
);

const session: fc.Arbitrary<RaceSession> = fc.record({
  place: fc.constantFrom('group', 'group', 'group', 'other group', 'solo'),
  runningSince: fc.option(offset(-3 * DAY_MS, 3 * DAY_MS)),
});

const log = fc.record({
  session: fc.nat(),
  person: fc.constantFrom(...PEOPLE),
  start: offset(-3 * DAY_MS, 3 * DAY_MS),
  length: fc.oneof(fc.constant(null), fc.integer({ min: 1, max: 20 * HOUR }), fc.constantFrom(HOUR, 59_999, 3_599_999)),
});

/** Histories around an instant; all their times lie within a few days of it. */
export function histories(around: fc.Arbitrary<number>): fc.Arbitrary<History> {
  const life = fc.record({ before: offset(-2 * DAY_MS, 9 * DAY_MS), length: offset(HOUR, 20 * DAY_MS) });
  return fc
    .record({
      around,
      life,
      zone,
      period: fc.constantFrom<Period>('daily', 'weekly'),
      archived: fc.option(offset(-2 * DAY_MS, 3 * DAY_MS), { freq: 3 }),
      target: fc.integer({ min: 1, max: 1440 }),
      overrides: fc.array(fc.option(fc.integer({ min: 1, max: 1440 })), { minLength: 3, maxLength: 3 }),
      sessions: fc.array(session, { minLength: 1, maxLength: 5 }),
      logs: fc.array(log, { maxLength: 14 }),
      asked: offset(-3 * DAY_MS, 4 * DAY_MS),
    })
    .map((drawn) => ({
      group: {
        zone: drawn.zone,
        period: drawn.period,
        start: drawn.around - drawn.life.before,
        endAt: drawn.around - drawn.life.before + drawn.life.length,
        archivedAt: drawn.archived === null ? null : drawn.around + drawn.archived,
        target: drawn.target,
      },
      members: MEMBERS.map((person, index) => ({ person, override: drawn.overrides[index] ?? null })),
      sessions: drawn.sessions.map(({ place, runningSince }) => ({
        place,
        runningSince: runningSince === null ? null : drawn.around + runningSince,
      })),
      logs: possibleLogs(drawn.around, drawn.sessions, drawn.logs),
      at: drawn.around + drawn.asked,
    }));
}

/** Running segments are those of running sessions, one a person and session. */
function possibleLogs(
  around: number,
  sessions: RaceSession[],
  drawn: { session: number; person: number; start: number; length: number | null }[],
): RaceLog[] {
  const open = new Set<string>();
  return drawn.map(({ session: any, person, start, length }) => {
    const place = any % sessions.length;
    const key = `${place} ${person}`;
    const runs = length === null && sessions[place]!.runningSince !== null && !open.has(key);
    if (runs) open.add(key);
    const begins = around + start;
    return { session: place, person, start: begins, end: runs ? null : begins + (length ?? HOUR) };
  });
}
