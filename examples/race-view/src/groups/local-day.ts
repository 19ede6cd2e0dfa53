const DAY_MS = 86_400_000;

/** The end of a local day, `2026-11-27`, as an instant: the first one of the next day. */
export function endOfDay(date: string, timeZone: string): string {
  const midnight = Date.parse(`${date}T00:00:00Z`) + DAY_MS;
  // The offset of the zone may differ between the two guesses if its clocks change near that midnight.
  const guess = midnight - offsetAt(midnight, timeZone);
  return new Date(midnight - offsetAt(guess, timeZone)).toISOString();
}

/** The local date of an instant, as `2026-11-27`. */
export function localDate(instant: number, timeZone?: string): string {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return format.format(instant);
}

/** The local clock minus UTC, in milliseconds. */
function offsetAt(instant: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const part = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1000) * 1000;
}

export const browserTimeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;
