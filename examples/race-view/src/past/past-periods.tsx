import type { Group, MemberHistory } from '@lockin/sdk';
import { type ReactNode, useState } from 'react';
import { localDate } from '../groups/local-day.js';
import { t } from '../language/language.js';
import { lockin, useQuery } from '../lockin.js';
import { dayLabel, formatMinutes } from '../time.js';
import { DataTable } from './data-table.js';
import { PeriodBars } from './period-bars.js';
import { Streaks } from './streaks.js';

const DAY_MS = 86_400_000;
const SHOWN_PERIODS = 12;

/** The user's own results in a group: the current period and those before it. */
export function PastPeriods({ group, userId }: { group: Group; userId: string }): ReactNode {
  const [from] = useState(() => firstDay(group, lockin.clock.now()));
  const params = { path: { id: group.id }, query: { from } };
  const { data: history } = useQuery('get', '/api/groups/{id}/progress/history', { params });
  const own = history?.find(({ user_id }) => user_id === userId);
  if (!own || own.periods.length === 0) return null;
  const isDaily = group.period === 'daily';
  const title = isDaily ? t.pastDays : t.pastWeeks;

  return (
    <section className="card" aria-labelledby="past">
      <h2 id="past">{title}</h2>
      <Streaks current={own.current_streak} best={own.best_streak} inUnits={isDaily ? t.days : t.weeks} />
      <PeriodBars periods={own.periods.toReversed()} label={summary(own)} />
      <DataTable
        caption={title}
        head={[isDaily ? t.day : t.week, t.time, t.target, t.goal]}
        rows={own.periods.map(({ period_start, seconds_done, target_minutes, goal_met }) => [
          dayLabel(localDate(Date.parse(period_start), group.timezone)),
          formatMinutes(Math.floor(seconds_done / 60)),
          formatMinutes(target_minutes),
          goal_met ? t.goalMet : t.goalMissed,
        ])}
      />
    </section>
  );
}

function summary({ periods }: MemberHistory): string {
  return t.metOf(periods.filter(({ goal_met }) => goal_met).length, periods.length);
}

/** Archived groups show the periods before their end. */
function firstDay({ period, timezone, end_at, archived_at }: Group, now: number): string {
  const end = Math.min(now, Date.parse(archived_at ?? end_at));
  const length = period === 'daily' ? DAY_MS : 7 * DAY_MS;
  return localDate(end - (SHOWN_PERIODS - 1) * length, timezone);
}
