import type { PastPeriod } from '@lockin/sdk';
import type { ReactNode } from 'react';
import { isRightToLeft } from '../language/language.js';

const STEP = 30;
const WIDTH = 22;
const HEIGHT = 120;
/** The height of the target's line. What is above is for more time than that. */
const TARGET = 90;
const SHOWN_PERIODS = 12;

/** A bar for each period, the latest at the end of the line. Each is measured by the target of its own period. */
export function PeriodBars({ periods, label }: { periods: PastPeriod[]; label: string }): ReactNode {
  const width = SHOWN_PERIODS * STEP;
  const first = SHOWN_PERIODS - periods.length;
  const column = (index: number): number => (isRightToLeft() ? SHOWN_PERIODS - 1 - first - index : first + index);
  return (
    <svg className="bars" viewBox={`0 0 ${width} ${HEIGHT}`} role="img" aria-label={label}>
      {periods.map(({ period_start, seconds_done, target_minutes, goal_met }, index) => {
        const height = Math.min((seconds_done / (target_minutes * 60)) * TARGET, HEIGHT);
        const x = column(index) * STEP + (STEP - WIDTH) / 2;
        return <rect key={period_start} x={x} y={HEIGHT - height} width={WIDTH} height={height} data-met={goal_met} />;
      })}
      <line x1="0" x2={width} y1={HEIGHT - TARGET} y2={HEIGHT - TARGET} />
      <line className="ground" x1="0" x2={width} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
    </svg>
  );
}
