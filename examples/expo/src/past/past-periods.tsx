import type { Group, PastPeriod } from '@lockin/sdk';
import { useState } from 'react';
import { formatDay, formatMinutes, formatSeconds } from '../language/format';
import { texts } from '../language/texts';
import { lockin, useQuery } from '../lockin';
import { Card } from '../ui/layout';
import { Body, Title } from '../ui/text';
import { PeriodBars } from './period-bars';
import { Table } from './table';

const DAY_MS = 86_400_000;
const SHOWN_PERIODS = 8;

/** The user's own days or weeks in a group: the current one, and those before it. */
export function PastPeriods({ group, userId }: { group: Group; userId: string }) {
  const [from] = useState(() => firstDay(group));
  const params = { path: { id: group.id }, query: { from } };
  const { data: history } = useQuery('get', '/api/groups/{id}/progress/history', { params });
  const own = history?.find(({ user_id }) => user_id === userId);
  if (!own) return null;
  const isDaily = group.period === 'daily';
  const inUnits = isDaily ? texts.past.inDays : texts.past.inWeeks;
  const title = isDaily ? texts.past.days : texts.past.weeks;
  const met = own.periods.filter(({ goal_met }) => goal_met).length;
  return (
    <Card>
      <Title>{title}</Title>
      <Body>{texts.past.streaks(inUnits(own.current_streak), inUnits(own.best_streak))}</Body>
      <PeriodBars periods={own.periods.toReversed()} label={texts.past.metOf(met, own.periods.length)} />
      <Table
        caption={title}
        head={[isDaily ? texts.ownTime.day : texts.past.week, texts.ownTime.time, texts.past.target, texts.past.goal]}
        rows={own.periods.map((period) => cellsOf(group, period))}
      />
    </Card>
  );
}

function cellsOf({ timezone }: Group, past: PastPeriod): string[] {
  const { met, missed, open } = texts.past;
  const isOver = Date.parse(past.period_end) <= lockin.clock.now();
  return [
    formatDay(past.period_start, timezone),
    formatSeconds(past.seconds_done),
    formatMinutes(past.target_minutes),
    past.goal_met ? met : isOver ? missed : open,
  ];
}

/** Archived groups show the periods before their end. */
function firstDay({ period, end_at, archived_at }: Group): string {
  const end = Math.min(lockin.clock.now(), Date.parse(archived_at ?? end_at));
  const length = period === 'daily' ? DAY_MS : 7 * DAY_MS;
  return new Date(end - (SHOWN_PERIODS - 1) * length).toISOString().slice(0, 10);
}
