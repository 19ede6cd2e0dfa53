import { Temporal } from 'temporal-polyfill';

/** Local days, weeks and groups' periods (specification 6), computed with Temporal. Instants are in milliseconds. */

export type Period = 'daily' | 'weekly';

export interface Span {
  start: number;
  end: number;
}

const starts = new Map<string, number>();

/** The first instant of a local day. Temporal takes the first of two midnights, and the end of the gap for a skipped one. */
export function dayStart(zone: string, day: Temporal.PlainDate): number {
  const key = `${zone} ${day.toString()}`;
  let start = starts.get(key);
  if (start === undefined) {
    start = day.toZonedDateTime(zone).epochMilliseconds;
    if (starts.size > 200_000) starts.clear();
    starts.set(key, start);
  }
  return start;
}

/** The local day of an instant: the latest one that has begun, also when clocks went back over its midnight. */
export function dayOf(zone: string, at: number): Temporal.PlainDate {
  let day = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDate().add({ days: 1 });
  while (dayStart(zone, day) > at) day = day.subtract({ days: 1 });
  return day;
}

/** The first day of the period around an instant: the day itself, or the Monday of its week. */
export function firstDay(zone: string, period: Period, at: number): Temporal.PlainDate {
  const day = dayOf(zone, at);
  return period === 'daily' ? day : day.subtract({ days: day.dayOfWeek - 1 });
}

export const nextFirstDay = (period: Period, day: Temporal.PlainDate): Temporal.PlainDate =>
  day.add(period === 'daily' ? { days: 1 } : { weeks: 1 });

/** The clock changes of a time zone, and the offset from UTC after each. */
export function transitions(zone: string, from: number, to: number): { at: number; offset: number }[] {
  const changes: { at: number; offset: number }[] = [];
  let time: Temporal.ZonedDateTime | null = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(zone);
  while (time !== null && time.epochMilliseconds < to) {
    changes.push({ at: time.epochMilliseconds, offset: time.offsetNanoseconds / 1e6 });
    time = time.getTimeZoneTransition('next');
  }
  return changes;
}
