/**
 * The starts of local days, found by a linear search over instants with Node's time zones: slow, simple, and independent
 * of the database's implementation.
 */

const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;
export const DAY_MS = 24 * 60 * MINUTE;

/** Offsets from UTC lie between -12 and +14 hours. */
const MAX_OFFSET = 16 * 60 * MINUTE;

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

/** The local time at an instant, as the milliseconds of the same wall-clock time in UTC; a whole number of seconds. */
export function clockAt(zone: string, instant: number): number {
  const parts = formatOf(zone).format(instant).split(/\D+/).map(Number);
  const [month, day, year, hour, minute, second] = parts as [number, number, number, number, number, number];
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

const dayStarts = new Map<string, number>();

/** The first instant whose local date is the day (given as its midnight in UTC) or a later one. */
export function dayStart(zone: string, day: number): number {
  const key = `${zone} ${day}`;
  let start = dayStarts.get(key);
  if (start === undefined) {
    let quarter = day - MAX_OFFSET;
    while (clockAt(zone, quarter) < day) quarter += QUARTER;
    start = quarter - QUARTER + MINUTE;
    while (clockAt(zone, start) < day) start += MINUTE;
    dayStarts.set(key, start);
  }
  return start;
}

/** The local day of an instant: the latest one that has begun. */
export function dayOf(zone: string, instant: number): number {
  let day = Math.floor(instant / DAY_MS) * DAY_MS + 2 * DAY_MS;
  while (dayStart(zone, day) > instant) day -= DAY_MS;
  return day;
}

export type Period = 'daily' | 'weekly';

/** The local day, or the week from Monday, around an instant. */
export function periodAround(zone: string, period: Period, instant: number): { start: number; end: number } {
  const day = dayOf(zone, instant);
  if (period === 'daily') return { start: dayStart(zone, day), end: dayStart(zone, day + DAY_MS) };
  const monday = day - ((new Date(day).getUTCDay() + 6) % 7) * DAY_MS;
  return { start: dayStart(zone, monday), end: dayStart(zone, monday + 7 * DAY_MS) };
}

/** The period clamped to a group's lifetime: the first one before it, the last one after it. */
export function groupPeriod(
  group: { zone: string; period: Period; start: number; end: number },
  at: number,
): { start: number; end: number } {
  const end = Math.max(group.end, group.start);
  const seen = Math.max(Math.min(at, end - 1), group.start);
  const around = periodAround(group.zone, group.period, seen);
  return { start: Math.max(around.start, group.start), end: Math.min(around.end, end) };
}

/** The days of a year on which clocks change, as midnights in UTC. */
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
