import type { Temporal } from 'temporal-polyfill';
import { dayStart, firstDay, nextFirstDay, type Span } from './calendar.js';
import type { GroupModel } from './group.js';

/** Progress, history and streaks (specification 6) of a group model, at an instant not before the model's own. */

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

const endOf = (model: GroupModel): number => Math.max(model.groupEnd, model.startAt);

/** Clamps an instant to the group's lifetime: from its start to the last millisecond before its end. */
const clampToLifetime = (model: GroupModel, at: number): number =>
  Math.max(Math.min(at, endOf(model) - 1), model.startAt);

/** The calendar's period that begins with a day, clamped to the group's lifetime. */
function clampedPeriod(model: GroupModel, day: Temporal.PlainDate): DatedSpan {
  const end = dayStart(model.timezone, nextFirstDay(model.period, day));
  return {
    firstDay: day,
    start: Math.max(dayStart(model.timezone, day), model.startAt),
    end: Math.min(end, endOf(model)),
  };
}

export function periodAt(model: GroupModel, at: number): Span {
  return clampedPeriod(model, firstDay(model.timezone, model.period, clampToLifetime(model, at)));
}

/**
 * Every period from the group's first to that of an instant, without the days that a time zone skipped. A group archived
 * before its start has one empty period.
 */
function periodsUpTo(model: GroupModel, at: number): DatedSpan[] {
  const periods: DatedSpan[] = [];
  const last = clampToLifetime(model, at);
  let day = firstDay(model.timezone, model.period, model.startAt);
  while (dayStart(model.timezone, day) <= last) {
    const period = clampedPeriod(model, day);
    if (period.start < period.end || model.groupEnd <= model.startAt) periods.push(period);
    day = nextFirstDay(model.period, day);
  }
  return periods;
}

/** The measure of the union: each interval between two neighbouring endpoints is either covered or not. */
export function unionLength(spans: Span[]): number {
  const endpoints = [...new Set(spans.flatMap(({ start, end }) => [start, end]))].sort((a, b) => a - b);
  let length = 0;
  endpoints.slice(1).forEach((to, index) => {
    const from = endpoints[index]!;
    if (spans.some(({ start, end }) => start <= from && to <= end)) length += to - from;
  });
  return length;
}

function periodRow(model: GroupModel, person: string, period: Span, at: number): PeriodRow {
  const focused = model
    .timeOf(person, at)
    .map(({ start, end }) => ({ start: Math.max(start, period.start), end: Math.min(end, period.end) }))
    .filter(({ start, end }) => start < end);
  const seconds = Math.floor(unionLength(focused) / 1000);
  const target = model.targetBefore(person, period.end);
  return { start: period.start, end: period.end, seconds, target, met: seconds >= target * 60 };
}

/** The progress of each present member at an instant. */
export function progressAt(model: GroupModel, at: number): Map<string, PeriodRow> {
  const period = periodAt(model, at);
  return new Map([...model.members].map((person) => [person, periodRow(model, person, period, at)]));
}

/** Streaks over the whole lifetime, and the periods that overlap the days from..to (all of them without days), newest first. */
export function historyAt(
  model: GroupModel,
  at: number,
  days?: { from: Temporal.PlainDate; to: Temporal.PlainDate },
): Map<string, MemberHistory> {
  const periods = periodsUpTo(model, at);
  const overlaps = ({ firstDay: day }: DatedSpan): boolean =>
    !days || (day.since(days.to).sign <= 0 && nextFirstDay(model.period, day).since(days.from).sign > 0);
  return new Map(
    [...model.members].map((person) => {
      const rows = periods.map((period) => periodRow(model, person, period, at));
      const shown = rows.filter((_, index) => overlaps(periods[index]!)).reverse();
      return [person, { ...streaks(rows, at), periods: shown }];
    }),
  );
}

/** The current period lengthens a streak once its target is met, and never breaks one. */
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
