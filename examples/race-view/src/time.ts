import { locale } from './language/language.js';

/** Formats minutes as 10 hr, 45 min or 1 hr 30 min. */
export function formatMinutes(minutes: number): string {
  const hours = Math.floor(minutes / 60);
  const parts = [hours > 0 && formatUnit(hours, 'hour'), minutes % 60 > 0 && formatUnit(minutes % 60, 'minute')];
  return parts.filter(Boolean).join(' ') || formatUnit(0, 'minute');
}

function formatUnit(value: number, unit: string): string {
  return new Intl.NumberFormat(locale, { style: 'unit', unit }).format(value);
}

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

/** Formats a time relative to now: in 3 days, 2 hours ago, now. */
export function relativeTime(instant: string, now: number): string {
  const seconds = Math.trunc((Date.parse(instant) - now) / 1000);
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) >= length) return format.format(Math.trunc(seconds / length), unit);
  }
  return format.format(0, 'second');
}

/** Formats a time in the group's time zone: Mon, Nov 23, 12:00 AM. */
export function localTime(instant: string, timeZone: string): string {
  return new Intl.DateTimeFormat(locale, {
    timeZone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  }).format(Date.parse(instant));
}

/** Formats a time in the time zone of the browser: Saturday, November 28, 2026 at 5:00 AM. */
export function longTime(instant: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'short' }).format(Date.parse(instant));
}

/** Formats a local date, `2026-11-27`, as Fri, Nov 27. */
export function dayLabel(date: string): string {
  return new Intl.DateTimeFormat(locale, { timeZone: 'UTC', weekday: 'short', day: 'numeric', month: 'short' }).format(
    Date.parse(date),
  );
}
