/** Formats seconds as 1:05:09. The hours are always shown, so that 5:09 cannot be read as hours and minutes. */
export function formatSeconds(seconds: number): string {
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, '0'));
  return [Math.floor(seconds / 3600), ...parts].join(':');
}

/** Formats minutes as 10 h, 45 min or 1 h 30 min. */
export function formatMinutes(minutes: number): string {
  const hours = Math.floor(minutes / 60);
  const parts = [hours > 0 && `${hours} h`, minutes % 60 > 0 && `${minutes % 60} min`];
  return parts.filter(Boolean).join(' ') || '0 min';
}

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

const relativeFormat = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** Formats a time relative to now: in 3 days, 2 hours ago, now. */
export function relativeTime(instant: string, now: number): string {
  const seconds = Math.trunc((Date.parse(instant) - now) / 1000);
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) >= length) return relativeFormat.format(Math.trunc(seconds / length), unit);
  }
  return 'now';
}

/** Formats a time in the group's time zone: Mon, 23 Nov, 00:00. */
export function localTime(instant: string, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  }).format(Date.parse(instant));
}

/** Formats a time in the language and time zone of the browser: Saturday, November 28, 2026 at 5:00 AM. */
export function longTime(instant: string): string {
  return new Intl.DateTimeFormat(navigator.language, { dateStyle: 'full', timeStyle: 'short' }).format(
    Date.parse(instant),
  );
}

/** Formats a time in the browser's time zone: 14:05. */
export function clockTime(instant: string | null): string {
  if (instant === null) return '';
  return new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' }).format(Date.parse(instant));
}
