import type { FocusDay } from '@lockin/sdk';
import { getCalendars } from 'expo-localization';
import { useState } from 'react';
import { formatDay, formatSeconds } from '../language/format';
import { texts } from '../language/texts';
import { useQuery } from '../lockin';
import { Card } from '../ui/layout';
import { Body, ErrorText, Title } from '../ui/text';
import { Calendar } from './calendar';
import { Table } from './table';

const DAY_MS = 86_400_000;
const WEEKS = 12;

/** The user's own time of the last weeks, over all groups and solo sessions. */
export function OwnTime() {
  const [query] = useState(() => ({ timezone: deviceTimeZone(), from: firstMonday(Date.now(), deviceTimeZone()) }));
  const { data: focus, error } = useQuery('get', '/api/me/focus', { params: { query } });
  return (
    <Card>
      <Title>{texts.ownTime.title}</Title>
      <ErrorText error={error} />
      {focus && (
        <>
          <Body>
            {texts.past.streaks(texts.past.inDays(focus.current_streak), texts.past.inDays(focus.best_streak))}
          </Body>
          <Calendar days={focus.days} label={texts.ownTime.calendar(formatSeconds(total(focus.days)))} />
          <Table
            caption={texts.ownTime.title}
            head={[texts.ownTime.day, texts.ownTime.time]}
            rows={focus.days.toReversed().map(({ date, seconds }) => [dayName(date), formatSeconds(seconds)])}
          />
        </>
      )}
    </Card>
  );
}

const total = (days: FocusDay[]): number => days.reduce((sum, { seconds }) => sum + seconds, 0);

const dayName = (date: string): string => formatDay(`${date}T12:00:00Z`, 'UTC');

const deviceTimeZone = (): string => getCalendars()[0].timeZone ?? 'UTC';

/** The Monday with which the first of the shown weeks begins. */
function firstMonday(now: number, timeZone: string): string {
  const today = new Date(localDate(now, timeZone));
  const weekday = (today.getUTCDay() + 6) % 7;
  return new Date(today.getTime() - (weekday + (WEEKS - 1) * 7) * DAY_MS).toISOString().slice(0, 10);
}

/** As 2026-11-27. */
const localDate = (instant: number, timeZone: string): string =>
  new Date(instant).toLocaleDateString('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
