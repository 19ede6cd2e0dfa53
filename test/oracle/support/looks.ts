import { type Temporal } from 'temporal-polyfill';
import { dayOf } from '../model/calendar.js';
import type { Club } from '../model/club.js';
import { historyAt, type MemberHistory, periodAt, type PeriodRow, progressAt } from '../model/race.js';
import { DAY, HOUR } from './plans.js';
import { instant, type Line, quote } from './play.js';

/** What is asked of the database, always as JSON, and what the oracle answers. */

const ms = (column: string): string => `round(extract(epoch FROM ${column}) * 1000)::bigint`;

export const PROGRESS_ROW = `json_build_array(p.user_id, ${ms('p.period_start')}, ${ms('p.period_end')}, p.seconds_done,
  p.target_minutes, p.goal_met)`;

/** A row as the statements here give it. */
export const flat = ({ start, end, seconds, target, met }: PeriodRow): unknown[] => [start, end, seconds, target, met];

export const raceRows = (club: Club, at: number): unknown[] =>
  [...progressAt(club, at)].map(([person, row]) => [person, ...flat(row)]).sort(byFirst);

const byFirst = (a: unknown[], b: unknown[]): number => (String(a[0]) < String(b[0]) ? -1 : 1);

function progress(club: Club, instants: number[]): Line {
  const list = instants.map(instant).join(', ');
  return {
    at: club.now,
    says: `progress at ${list}`,
    sql: `SELECT json_agg((SELECT json_agg(${PROGRESS_ROW} ORDER BY p.user_id) FROM group_progress_at(($1)[1], i.at) p) ORDER BY i.nth)
            FROM unnest(ARRAY[${list}]::timestamptz[]) WITH ORDINALITY AS i (at, nth)`,
    expected: instants.map((at) => raceRows(club, at)),
  };
}

export const historyRow = (person: string, { current, best, periods }: MemberHistory): unknown[] => [
  person,
  current,
  best,
  periods.map(flat),
];

function history(club: Club, days: { from: Temporal.PlainDate; to: Temporal.PlainDate }, at: number): Line {
  const [from, to] = [quote(days.from.toString()), quote(days.to.toString())];
  const period = `json_build_array(${ms(`(r ->> 'period_start')::timestamptz`)}, ${ms(`(r ->> 'period_end')::timestamptz`)},
    r -> 'seconds_done', r -> 'target_minutes', r -> 'goal_met')`;
  return {
    at: club.now,
    says: `history of ${from} to ${to} at ${instant(at)}`,
    sql: `SELECT json_agg(json_build_array(m -> 'user_id', m -> 'current_streak', m -> 'best_streak',
              coalesce((SELECT json_agg(${period} ORDER BY place) FROM json_array_elements(m -> 'periods') WITH ORDINALITY AS t (r, place)), '[]'))
              ORDER BY m ->> 'user_id')
            FROM json_array_elements(progress_history(${quote(club.owner)}, ($1)[1], ${from}, ${to}, ${instant(at)})::json) m`,
    expected: [...historyAt(club, at, days)].map(([person, rows]) => historyRow(person, rows)).sort(byFirst),
  };
}

/** The race now and later, and its past: whatever ends by itself has, for everybody, whether written or not. */
export function lookAround(club: Club): Line[] {
  const { now } = club;
  const { end } = periodAt(club, now);
  const today = dayOf(club.timezone, now);
  const wide = { from: today.subtract({ days: 40 }), to: today.add({ days: 1 }) };
  const ahead = [now, now + 1, now + 20 * 60_000, now + 12 * HOUR, now + DAY, end - 1, end];
  return [
    progress(
      club,
      ahead.filter((at) => at >= now),
    ),
    history(club, wide, now),
    history(club, { from: today.subtract({ days: 1 }), to: today }, now + 13 * HOUR),
  ];
}

/** Periods that are over, asked of what the jobs have written: before that, past instants saw what still ran. */
export function lookBack(club: Club): Line[] {
  const { now } = club;
  const at = instant(now);
  const edges: number[] = [];
  for (let edge = periodAt(club, now).start; edge > club.startAt && edges.length < 12;) {
    edges.push(edge, edge - 1, edge - HOUR);
    edge = periodAt(club, edge - 1).start;
  }
  const instants = [...edges, club.startAt - DAY, club.startAt, club.startAt + 1];
  return [
    {
      at: now,
      says: 'the jobs run',
      sql: `SELECT end_expired_sessions(${at}), archive_groups_expired_at(${at})`,
      expected: null,
    },
    snapshot(club),
    progress(club, instants),
  ];
}

/** Every session with its people and logs, as it reads now. */
export function snapshot(club: Club): Line {
  const at = instant(club.now);
  return {
    at: club.now,
    says: 'the sessions',
    sql: `SELECT coalesce(json_agg(json_build_array(session_status_at(s, ${at}), ${ms('s.started_at')}, ${ms(`session_end_at(s, ${at})`)},
        (SELECT coalesce(json_agg(p.user_id ORDER BY p.user_id), '[]') FROM session_participants p
          WHERE p.session_id = s.id AND p.left_at IS NULL),
        (SELECT coalesce(json_agg(x.log ORDER BY x.log::text COLLATE "C"), '[]') FROM (
           SELECT json_build_array(l.user_id, l.manual, ${ms('l.started_at')}, ${ms(`coalesce(l.ended_at, session_end_at(s, ${at}))`)})::jsonb AS log
             FROM time_logs l JOIN session_participants p ON p.id = l.participant_id WHERE p.session_id = s.id) x))
        ORDER BY list.place), '[]')
      FROM unnest(($1)[2:]) WITH ORDINALITY AS list (id, place) JOIN sessions s USING (id)`,
    expected: club.sessions.map((session) => [
      session.status,
      session.startedAt,
      session.endedAt,
      [...session.joined.keys()].filter((person) => !session.out.has(person)).sort(),
      session.logs
        .map(({ person, manual, start, end }) => [person, manual, start, end])
        .sort((a, b) => (asText(a) < asText(b) ? -1 : 1)),
    ]),
  };
}

/** As jsonb writes a list. */
const asText = (list: unknown[]): string => `[${list.map((item) => JSON.stringify(item)).join(', ')}]`;
