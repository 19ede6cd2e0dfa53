import type { Temporal } from 'temporal-polyfill';
import { dayStart, firstDay, nextFirstDay, type Span } from './calendar.js';
import type { Club } from './club.js';

/** Progress, history and streaks as specification 6 tells them, asked of a club at an instant that is not before its own. */

export interface PeriodRow {
  start: number;
  end: number;
  seconds: number;
  target: number;
  met: boolean;
}

export interface MemberHistory {
  current: number;
  best: number;
  periods: PeriodRow[];
}

interface DatedSpan extends Span {
  firstDay: Temporal.PlainDate;
}

const endOf = (club: Club): number => Math.max(club.groupEnd, club.startAt);

/** The instant within the group's life that an instant shows: its first before it, its last after it. */
const seenAt = (club: Club, at: number): number => Math.max(Math.min(at, endOf(club) - 1), club.startAt);

/** The calendar's period cut to the group's life. */
function cut(club: Club, day: Temporal.PlainDate): DatedSpan {
  const end = dayStart(club.timezone, nextFirstDay(club.period, day));
  return {
    firstDay: day,
    start: Math.max(dayStart(club.timezone, day), club.startAt),
    end: Math.min(end, endOf(club)),
  };
}

export function periodAt(club: Club, at: number): Span {
  return cut(club, firstDay(club.timezone, club.period, seenAt(club, at)));
}

/**
 * Every period from the group's first to the one an instant shows; days that a zone left out are none. A group archived
 * before it started has its first alone, and that is empty.
 */
function periodsUntil(club: Club, at: number): DatedSpan[] {
  const periods: DatedSpan[] = [];
  const seen = seenAt(club, at);
  let day = firstDay(club.timezone, club.period, club.startAt);
  while (dayStart(club.timezone, day) <= seen) {
    const period = cut(club, day);
    if (period.start < period.end || club.groupEnd <= club.startAt) periods.push(period);
    day = nextFirstDay(club.period, day);
  }
  return periods;
}

/** How long at least one of the spans holds: every stretch between two neighbouring edges is either covered or not. */
export function unionLength(spans: Span[]): number {
  const edges = [...new Set(spans.flatMap(({ start, end }) => [start, end]))].sort((a, b) => a - b);
  let length = 0;
  edges.slice(1).forEach((to, index) => {
    const from = edges[index]!;
    if (spans.some(({ start, end }) => start <= from && to <= end)) length += to - from;
  });
  return length;
}

function rowOf(club: Club, person: string, period: Span, at: number): PeriodRow {
  const focused = club
    .timeOf(person, at)
    .map(({ start, end }) => ({ start: Math.max(start, period.start), end: Math.min(end, period.end) }))
    .filter(({ start, end }) => start < end);
  const seconds = Math.floor(unionLength(focused) / 1000);
  const target = club.targetBefore(person, period.end);
  return { start: period.start, end: period.end, seconds, target, met: seconds >= target * 60 };
}

/** The race at an instant: a row for each present member. */
export function progressAt(club: Club, at: number): Map<string, PeriodRow> {
  const period = periodAt(club, at);
  return new Map([...club.members].map((person) => [person, rowOf(club, person, period, at)]));
}

/** Streaks over the whole life, and the periods that touch the days from..to, newest first; all without days. */
export function historyAt(
  club: Club,
  at: number,
  days?: { from: Temporal.PlainDate; to: Temporal.PlainDate },
): Map<string, MemberHistory> {
  const periods = periodsUntil(club, at);
  const touches = ({ firstDay: day }: DatedSpan): boolean =>
    !days || (day.since(days.to).sign <= 0 && nextFirstDay(club.period, day).since(days.from).sign > 0);
  return new Map(
    [...club.members].map((person) => {
      const rows = periods.map((period) => rowOf(club, person, period, at));
      const shown = rows.filter((_, index) => touches(periods[index]!)).reverse();
      return [person, { ...streaks(rows, at), periods: shown }];
    }),
  );
}

/** The running period lengthens a streak once met, and breaks none. */
function streaks(rows: PeriodRow[], at: number): { current: number; best: number } {
  let current = 0;
  let best = 0;
  for (const { met, end } of rows) {
    if (met) current += 1;
    else if (at >= end) current = 0;
    best = Math.max(best, current);
  }
  return { current, best };
}
