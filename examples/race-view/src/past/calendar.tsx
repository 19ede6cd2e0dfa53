import type { FocusDay } from '@lockin/sdk';
import type { ReactNode } from 'react';
import { isRightToLeft } from '../language/language.js';

const CELL = 24;
const GAP = 4;
const DAYS = 7;
/** From how many minutes on a day has the next darker colour. */
const LEVELS = [0, 1, 30, 90, 180];

/** A column for each week, the latest at the end of the line, with Monday on top. The first day is a Monday. */
export function Calendar({ days, label }: { days: FocusDay[]; label: string }): ReactNode {
  const weeks = Math.ceil(days.length / DAYS);
  const width = weeks * CELL - GAP;
  return (
    <svg className="calendar" viewBox={`0 0 ${width} ${DAYS * CELL - GAP}`} role="img" aria-label={label}>
      {days.map(({ date, seconds }, index) => {
        const week = Math.floor(index / DAYS);
        return (
          <rect
            key={date}
            x={(isRightToLeft() ? weeks - 1 - week : week) * CELL}
            y={(index % DAYS) * CELL}
            width={CELL - GAP}
            height={CELL - GAP}
            rx="4"
            data-level={LEVELS.findLastIndex((from) => seconds >= from * 60)}
          />
        );
      })}
    </svg>
  );
}
