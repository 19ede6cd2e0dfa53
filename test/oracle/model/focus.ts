import { Temporal } from 'temporal-polyfill';
import { dayOf, dayStart, type Span } from './calendar.js';
import { unionLength } from './progress.js';

/** The focus of a person (specification 4, Focus) whose time is given, at an instant. */
export interface Focus {
  current_streak: number;
  best_streak: number;
  days: { date: string; seconds: number }[];
}

const tomorrow = (day: Temporal.PlainDate): Temporal.PlainDate => day.add({ days: 1 });

/** False for a day that the time zone skipped. */
const exists = (zone: string, day: Temporal.PlainDate): boolean => dayStart(zone, day) < dayStart(zone, tomorrow(day));

function secondsOf(spans: Span[], zone: string, day: Temporal.PlainDate): number {
  const [start, end] = [dayStart(zone, day), dayStart(zone, tomorrow(day))];
  const within = spans.map((span) => ({ start: Math.max(span.start, start), end: Math.min(span.end, end) }));
  return Math.floor(unionLength(within.filter((span) => span.start < span.end)) / 1000);
}

/** Of the last 30 days. */
export function focusAt(spans: Span[], zone: string, at: number): Focus {
  const today = dayOf(zone, at);
  let [current, best] = [0, 0];
  let day = dayOf(zone, Math.min(at, ...spans.map(({ start }) => start)));
  for (; Temporal.PlainDate.compare(day, today) <= 0; day = tomorrow(day)) {
    if (!exists(zone, day)) continue;
    if (secondsOf(spans, zone, day) > 0) current += 1;
    else if (!day.equals(today)) current = 0;
    best = Math.max(best, current);
  }
  const days = Array.from({ length: 30 }, (_, index) => today.subtract({ days: 29 - index }))
    .filter((each) => exists(zone, each))
    .map((each) => ({ date: each.toString(), seconds: secondsOf(spans, zone, each) }));
  return { current_streak: current, best_streak: best, days };
}
