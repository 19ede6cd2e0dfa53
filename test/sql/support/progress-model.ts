import { groupPeriod, type Period } from './calendar.js';

/** Progress (specification 6) computed from plain lists. Instants are in milliseconds. */
export interface ProgressGroup {
  zone: string;
  period: Period;
  start: number;
  /** The group's planned end, and when it was archived. */
  endAt: number;
  archivedAt: number | null;
  target: number;
}

export interface ProgressSession {
  /** Only sessions of this group count. */
  place: 'group' | 'other group' | 'solo';
  /** The last start or resume of a running session. */
  runningSince: number | null;
}

export interface ProgressLog {
  session: number;
  person: number;
  start: number;
  /** Null while the segment runs. */
  end: number | null;
}

export interface ProgressMember {
  person: number;
  override: number | null;
}

export interface ProgressRow {
  person: number;
  period_start: number;
  period_end: number;
  seconds_done: number;
  target_minutes: number;
  goal_met: boolean;
}

const TWELVE_HOURS = 12 * 3_600_000;

export function modelProgressAt(
  group: ProgressGroup,
  members: ProgressMember[],
  sessions: ProgressSession[],
  logs: ProgressLog[],
  at: number,
): ProgressRow[] {
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

/** A running segment counts up to the given instant, or until its session or group ends. */
function runsUntil(session: ProgressSession, groupEnd: number, at: number): number {
  return Math.min(at, session.runningSince! + TWELVE_HOURS, groupEnd);
}

/** The measure of the union: each interval between two neighbouring endpoints is either covered or not. */
function unionLength(spans: { start: number; end: number }[]): number {
  const ends = spans.flatMap(({ start, end }) => [start, end]).sort((a, b) => a - b);
  let length = 0;
  ends.forEach((from, index) => {
    const to = ends[index + 1];
    if (to !== undefined && spans.some(({ start, end }) => start <= from && to <= end)) length += to - from;
  });
  return length;
}
