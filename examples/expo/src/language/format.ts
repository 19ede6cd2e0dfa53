import { isolate } from './isolate';
import { locale } from './locale';
import { texts } from './texts';

/** Minutes as 10 hours, 45 minutes or 1 hour 30 minutes. */
export function formatMinutes(minutes: number): string {
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (hours === 0) return texts.minutes(rest);
  return rest === 0 ? texts.hours(hours) : texts.hoursAndMinutes(texts.hours(hours), texts.minutes(rest));
}

/** Whole minutes of seconds, so that a screen reader is not given another text each second. */
export const formatSeconds = (seconds: number): string => formatMinutes(Math.floor(seconds / 60));

/** The day of an instant in a group's time zone: Mon, Nov 23. */
export function formatDay(instant: string, timeZone: string): string {
  return new Date(instant).toLocaleDateString(locale, { timeZone, weekday: 'short', day: 'numeric', month: 'short' });
}

/** The name of a user, who may have none, for a sentence. */
export const nameOf = (name: string | null | undefined): string => isolate(name ?? texts.nobody);
