import type { Group, PastPeriod } from '@lockin/sdk';
import { useState } from 'react';
import { View } from 'react-native';
import { formatDay, formatMinutes, formatSeconds } from '../language/format';
import { texts } from '../language/texts';
import { lockin, useQuery } from '../lockin';
import { Card } from '../ui/layout';
import { Body, Title } from '../ui/text';

const DAY_MS = 86_400_000;
const SHOWN_PERIODS = 8;

/** The user's own days or weeks in a group: the current one, and those before it. */
export function PastPeriods({ group, userId }: { group: Group; userId: string }) {
  const [from] = useState(() => firstDay(group));
  const params = { path: { id: group.id }, query: { from } };
  const { data: history } = useQuery('get', '/api/groups/{id}/progress/history', { params });
  const own = history?.find(({ user_id }) => user_id === userId);
  if (!own) return null;
  const inUnits = group.period === 'daily' ? texts.past.inDays : texts.past.inWeeks;
  return (
    <Card>
      <Title>{group.period === 'daily' ? texts.past.days : texts.past.weeks}</Title>
      <Body>{texts.past.streaks(inUnits(own.current_streak), inUnits(own.best_streak))}</Body>
      <View role="list" style={{ gap: 8 }}>
        {own.periods.map((period) => (
          <View key={period.period_start} role="listitem">
            <Body>{describe(group, period)}</Body>
          </View>
        ))}
      </View>
    </Card>
  );
}

/** Week from Mon, Nov 23: 45 minutes of 5 hours, still running. */
function describe({ period, timezone }: Group, past: PastPeriod): string {
  const day = formatDay(past.period_start, timezone);
  const { week, met, missed, open } = texts.past;
  const isOver = Date.parse(past.period_end) <= lockin.clock.now();
  const state = past.goal_met ? met : isOver ? missed : open;
  const progress = texts.race.progress(formatSeconds(past.seconds_done), formatMinutes(past.target_minutes), state);
  return `${period === 'daily' ? day : week(day)}: ${progress}`;
}

/** Archived groups show the periods before their end. */
function firstDay({ period, end_at, archived_at }: Group): string {
  const end = Math.min(lockin.clock.now(), Date.parse(archived_at ?? end_at));
  const length = period === 'daily' ? DAY_MS : 7 * DAY_MS;
  return new Date(end - (SHOWN_PERIODS - 1) * length).toISOString().slice(0, 10);
}
