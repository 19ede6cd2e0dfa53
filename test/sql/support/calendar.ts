/**
 * Where local days begin, found by looking at instants one after the other with the time zones that Node brings: slow,
 * plain, and with nothing in common with the database's way.
 */

const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;
export const DAY_MS = 24 * 60 * MINUTE;

/** Clocks run from 12 hours behind UTC to 14 before it; some more to be sure. */
const REACH = 16 * 60 * MINUTE;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    const numeric = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const;
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', second: 'numeric', ...numeric });
    formats.set(zone, format);
  }
  return format;
}

/** The zones of a list that Node knows. */
export function knownToNode(zones: string[]): string[] {
  return zones.filter((zone) => {
    try {
      return formatOf(zone);
    } catch {
      return false;
    }
  });
}

/** What the clocks show at an instant, as the milliseconds of a UTC that shows the same; a whole number of seconds. */
export function clockAt(zone: string, instant: number): number {
  const parts = formatOf(zone).format(instant).split(/\D+/).map(Number);
  const [month, day, year, hour, minute, second] = parts as [number, number, number, number, number, number];
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

const dayStarts = new Map<string, number>();

/** The first instant at which the clocks show the day (its midnight in UTC names it) or a later one. */
export function dayStart(zone: string, day: number): number {
  const key = `${zone} ${day}`;
  let start = dayStarts.get(key);
  if (start === undefined) {
    let quarter = day - REACH;
    while (clockAt(zone, quarter) < day) quarter += QUARTER;
    start = quarter - QUARTER + MINUTE;
    while (clockAt(zone, start) < day) start += MINUTE;
    dayStarts.set(key, start);
  }
  return start;
}

/** The local day that an instant lies in: the last one to have begun. */
export function dayOf(zone: string, instant: number): number {
  let day = Math.floor(instant / DAY_MS) * DAY_MS + 2 * DAY_MS;
  while (dayStart(zone, day) > instant) day -= DAY_MS;
  return day;
}

export type Period = 'daily' | 'weekly';

/** The local day, or the week from Monday, that an instant lies in. */
export function periodAround(zone: string, period: Period, instant: number): { start: number; end: number } {
  const day = dayOf(zone, instant);
  if (period === 'daily') return { start: dayStart(zone, day), end: dayStart(zone, day + DAY_MS) };
  const monday = day - ((new Date(day).getUTCDay() + 6) % 7) * DAY_MS;
  return { start: dayStart(zone, monday), end: dayStart(zone, monday + 7 * DAY_MS) };
}

/** The period cut to a group's life; before it the first one, after it the last. */
export function groupPeriod(
  group: { zone: string; period: Period; start: number; end: number },
  at: number,
): { start: number; end: number } {
  const end = Math.max(group.end, group.start);
  const seen = Math.max(Math.min(at, end - 1), group.start);
  const around = periodAround(group.zone, group.period, seen);
  return { start: Math.max(around.start, group.start), end: Math.min(around.end, end) };
}

/** The days of a year around which the clocks change, as midnights in UTC. */
export function daysOfChange(zone: string, year: number): number[] {
  const days: number[] = [];
  const first = Date.UTC(year, 0, 1);
  let before = clockAt(zone, first) - first;
  for (let day = first + DAY_MS; day < Date.UTC(year + 1, 0, 1); day += DAY_MS) {
    const offset = clockAt(zone, day) - day;
    if (offset !== before) days.push(day);
    before = offset;
  }
  return days;
}
