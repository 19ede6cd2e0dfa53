/**
 * Formats seconds as hours, minutes and seconds: `1:05:09`. The hours are always shown, so that `5:09` cannot be read as
 * hours and minutes.
 *
 * @example
 * ```ts
 * import { formatDuration } from '@lockin/sdk';
 *
 * console.log(formatDuration(3909)); // 1:05:09
 * ```
 */
export function formatDuration(seconds: number): string {
  const [hours, ...rest] = split(seconds);
  return [hours, ...rest.map((part) => String(part).padStart(2, '0'))].join(':');
}

/**
 * Formats seconds in words, for screen readers: `1 hour, 5 minutes, 9 seconds`. The words are those of the locale, by
 * default the user's; on a platform without `Intl` they are English.
 *
 * @example
 * ```ts
 * import { speakDuration } from '@lockin/sdk';
 *
 * console.log(speakDuration(3909, 'en')); // 1 hour, 5 minutes, 9 seconds
 * ```
 */
export function speakDuration(seconds: number, locale?: string): string {
  const parts = split(seconds).map((value, index) => ({ value, unit: UNITS[index] ?? 'second' }));
  const shown = parts.filter(({ value }) => value > 0);
  const words = (shown.length > 0 ? shown : parts.slice(-1)).map(({ value, unit }) => speakUnit(value, unit, locale));
  return joinUnits(words, locale);
}

const UNITS = ['hour', 'minute', 'second'] as const;

/** Whole hours, minutes and seconds. */
function split(seconds: number): [number, number, number] {
  const whole = Math.max(0, Math.floor(seconds));
  return [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
}

function joinUnits(words: string[], locale: string | undefined): string {
  try {
    return new Intl.ListFormat(locale, { type: 'unit' }).format(words);
  } catch {
    // Hermes has no `Intl.ListFormat`.
    return words.join(', ');
  }
}

function speakUnit(value: number, unit: (typeof UNITS)[number], locale: string | undefined): string {
  try {
    return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(value);
  } catch {
    // Hermes may have no `Intl`, or one without units.
    return `${value} ${unit}${value === 1 ? '' : 's'}`;
  }
}
