import fc from 'fast-check';
import { DAY_MS, type Period } from './calendar.js';
import type { ProgressGroup, ProgressLog, ProgressMember, ProgressSession } from './progress-model.js';

/** Random rows of one group, its members, sessions and logs, and the instant of an observation. */
export interface ProgressCase {
  group: ProgressGroup;
  members: ProgressMember[];
  sessions: ProgressSession[];
  logs: ProgressLog[];
  at: number;
}

const HOUR = 3_600_000;

/** Person 0 owns the group, 1 and 2 are members, 3 is a former member. */
export const OWNER = 0;
export const FORMER = 3;

const MEMBERS = [OWNER, 1, 2];
const PEOPLE = [...MEMBERS, FORMER];

/** Whole hours, so that ends coincide, or any millisecond. */
const offset = (least: number, most: number): fc.Arbitrary<number> =>
  fc.oneof(
    fc.integer({ min: Math.ceil(least / HOUR), max: Math.floor(most / HOUR) }).map((hours) => hours * HOUR),
    fc.integer({ min: least, max: most }),
  );

const zone = fc.constantFrom(
  ...['UTC', 'America/New_York', 'Asia/Kolkata', 'America/Santiago', 'America/Havana', 'Australia/Lord_Howe'],
);

const session: fc.Arbitrary<ProgressSession> = fc.record({
  place: fc.constantFrom('group', 'group', 'group', 'other group', 'solo'),
  runningSince: fc.option(offset(-3 * DAY_MS, 3 * DAY_MS)),
});

const log = fc.record({
  session: fc.nat(),
  person: fc.constantFrom(...PEOPLE),
  start: offset(-3 * DAY_MS, 3 * DAY_MS),
  length: fc.oneof(fc.constant(null), fc.integer({ min: 1, max: 20 * HOUR }), fc.constantFrom(HOUR, 59_999, 3_599_999)),
});

/** Cases whose times lie within a few days of an instant. */
export function progressCases(around: fc.Arbitrary<number>): fc.Arbitrary<ProgressCase> {
  const lifetime = fc.record({ before: offset(-2 * DAY_MS, 9 * DAY_MS), length: offset(HOUR, 20 * DAY_MS) });
  return fc
    .record({
      around,
      lifetime,
      zone,
      period: fc.constantFrom<Period>('daily', 'weekly'),
      archived: fc.option(offset(-2 * DAY_MS, 3 * DAY_MS), { freq: 3 }),
      target: fc.integer({ min: 1, max: 1440 }),
      overrides: fc.array(fc.option(fc.integer({ min: 1, max: 1440 })), { minLength: 3, maxLength: 3 }),
      sessions: fc.array(session, { minLength: 1, maxLength: 5 }),
      logs: fc.array(log, { maxLength: 14 }),
      at: offset(-3 * DAY_MS, 4 * DAY_MS),
    })
    .map((generated) => ({
      group: {
        zone: generated.zone,
        period: generated.period,
        start: generated.around - generated.lifetime.before,
        endAt: generated.around - generated.lifetime.before + generated.lifetime.length,
        archivedAt: generated.archived === null ? null : generated.around + generated.archived,
        target: generated.target,
      },
      members: MEMBERS.map((person, index) => ({ person, override: generated.overrides[index] ?? null })),
      sessions: generated.sessions.map(({ place, runningSince }) => ({
        place,
        runningSince: runningSince === null ? null : generated.around + runningSince,
      })),
      logs: validLogs(generated.around, generated.sessions, generated.logs),
      at: generated.around + generated.at,
    }));
}

/** Only running sessions have running segments, at most one per person. */
function validLogs(
  around: number,
  sessions: ProgressSession[],
  generated: { session: number; person: number; start: number; length: number | null }[],
): ProgressLog[] {
  const open = new Set<string>();
  return generated.map(({ session: number, person, start, length }) => {
    const place = number % sessions.length;
    const key = `${place} ${person}`;
    const runs = length === null && sessions[place]!.runningSince !== null && !open.has(key);
    if (runs) open.add(key);
    const begins = around + start;
    return { session: place, person, start: begins, end: runs ? null : begins + (length ?? HOUR) };
  });
}
