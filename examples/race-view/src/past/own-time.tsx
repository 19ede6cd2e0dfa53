import type { FocusDay } from '@lockin/sdk';
import { type ReactNode, useState } from 'react';
import { browserTimeZone, localDate } from '../groups/local-day.js';
import { t } from '../language/language.js';
import { problemText } from '../language/problem-text.js';
import { useQuery } from '../lockin.js';
import { dayLabel, formatMinutes } from '../time.js';
import { Calendar } from './calendar.js';
import { DataTable } from './data-table.js';
import { Streaks } from './streaks.js';

const DAY_MS = 86_400_000;
const WEEKS = 12;

/** The user's own time of the last weeks, over all groups and solo sessions. */
export function OwnTime(): ReactNode {
  const [query] = useState(() => ({ timezone: browserTimeZone(), from: firstMonday(Date.now()) }));
  const { data: focus, error } = useQuery('get', '/api/me/focus', { params: { query } });

  return (
    <section className="card" aria-labelledby="own-time">
      <h1 id="own-time">{t.ownTime}</h1>
      {error && <p role="alert">{problemText(error)}</p>}
      {focus && (
        <>
          <Streaks current={focus.current_streak} best={focus.best_streak} inUnits={t.days} />
          <Calendar days={focus.days} label={`${t.ownTimeCalendar} ${total(focus.days)}`} />
          <DataTable
            caption={t.ownTime}
            head={[t.day, t.time]}
            rows={focus.days.toReversed().map(({ date, seconds }) => [dayLabel(date), minutes(seconds)])}
          />
        </>
      )}
    </section>
  );
}

const minutes = (seconds: number): string => formatMinutes(Math.floor(seconds / 60));

const total = (days: FocusDay[]): string => minutes(days.reduce((sum, { seconds }) => sum + seconds, 0));

/** The Monday with which the first of the shown weeks begins. */
function firstMonday(now: number): string {
  const today = new Date(localDate(now));
  const weekday = (today.getUTCDay() + 6) % 7;
  return new Date(today.getTime() - (weekday + (WEEKS - 1) * 7) * DAY_MS).toISOString().slice(0, 10);
}
