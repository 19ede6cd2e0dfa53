import { groupPeriod, type Period } from './calendar.js';

/** The race as specification 6 tells it, in plain TypeScript over plain lists; instants are milliseconds. */
export interface RaceGroup {
  zone: string;
  period: Period;
  start: number;
  /** The group's end, and when it was archived before that. */
  endAt: number;
  archivedAt: number | null;
  target: number;
}

export interface RaceSession {
  /** Which of the sessions count: those of the group in question. */
  place: 'group' | 'other group' | 'solo';
  /** When it was started or resumed last, if it runs. */
  runningSince: number | null;
}

export interface RaceLog {
  session: number;
  person: number;
  start: number;
  /** Null while the segment runs. */
  end: number | null;
}

export interface RaceMember {
  person: number;
  override: number | null;
}

export interface RaceRow {
  person: number;
  period_start: number;
  period_end: number;
  seconds_done: number;
  target_minutes: number;
  goal_met: boolean;
}

const TWELVE_HOURS = 12 * 3_600_000;

export function raceAt(
  group: RaceGroup,
  members: RaceMember[],
  sessions: RaceSession[],
  logs: RaceLog[],
  at: number,
): RaceRow[] {
  const groupEnd = group.archivedAt === null ? group.endAt : Math.min(group.endAt, group.archivedAt);
  const period = groupPeriod({ ...group, end: groupEnd }, at);
  return members.map(({ person, override }) => {
    const focused = logs
      .filter((log) => log.person === person && sessions[log.session]!.place === 'group')
      .map((log) => ({ start: log.start, end: log.end ?? runsUntil(sessions[log.session]!, groupEnd, at) }))
      .map(({ start, end }) => ({ start: Math.max(start, period.start), end: Math.min(end, period.end) }));
    const seconds = Math.floor(unionLength(focused) / 1000);
    const target = override ?? group.target;
    return {
      person,
      period_start: period.start,
      period_end: period.end,
      seconds_done: seconds,
      target_minutes: target,
      goal_met: seconds >= target * 60,
    };
  });
}

/** A running segment counts up to the instant asked for, but no longer than its session and its group last. */
function runsUntil(session: RaceSession, groupEnd: number, at: number): number {
  return Math.min(at, session.runningSince! + TWELVE_HOURS, groupEnd);
}

/** How long at least one of the spans holds: every stretch between two neighbouring ends is either covered or not. */
function unionLength(spans: { start: number; end: number }[]): number {
  const ends = spans.flatMap(({ start, end }) => [start, end]).sort((a, b) => a - b);
  let length = 0;
  ends.forEach((from, index) => {
    const to = ends[index + 1];
    if (to !== undefined && spans.some(({ start, end }) => start <= from && to <= end)) length += to - from;
  });
  return length;
}
