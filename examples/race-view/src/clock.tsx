import { formatDuration, speakDuration } from '@lockin/sdk';
import { type ReactNode, useMemo } from 'react';
import { locale } from './language/language.js';

/** Seconds as 1:05:09, and in words for screen readers, which get whole minutes. */
export function Clock({ seconds }: { seconds: number }): ReactNode {
  const wholeMinutes = seconds - (seconds % 60);
  const words = useMemo(() => speakDuration(wholeMinutes, locale), [wholeMinutes]);
  return (
    <time dateTime={`PT${seconds}S`}>
      <span aria-hidden="true">{formatDuration(seconds)}</span>
      <span className="visually-hidden">{words}</span>
    </time>
  );
}
