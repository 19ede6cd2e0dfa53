import type { ReactNode } from 'react';
import { t } from '../language/language.js';

interface StreaksProps {
  current: number;
  best: number;
  /** Puts a number of days or weeks into words. */
  inUnits: (count: number) => string;
}

export function Streaks({ current, best, inUnits }: StreaksProps): ReactNode {
  return (
    <dl className="streaks">
      <div>
        <dt>{t.currentStreak}</dt>
        <dd>{inUnits(current)}</dd>
      </div>
      <div>
        <dt>{t.bestStreak}</dt>
        <dd>{inUnits(best)}</dd>
      </div>
    </dl>
  );
}
