import { type Temporal } from 'temporal-polyfill';
import { dayOf } from '../model/calendar.js';
import type { Club } from '../model/club.js';
import { historyAt, type MemberHistory, periodAt, type PeriodRow, progressAt } from '../model/race.js';
import { DAY, HOUR } from './plans.js';
import { instant, type Line, quote } from './play.js';

/** What is asked of the database, always as JSON, and what the oracle answers. */

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
    sql: `SELECT show_progress(($1)[1], ARRAY[${list}]::timestamptz[])`,
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
  return {
    at: club.now,
    says: `history of ${from} to ${to} at ${instant(at)}`,
    sql: `SELECT show_history(${quote(club.owner)}, ($1)[1], ${from}, ${to}, ${instant(at)})`,
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
  return {
    at: club.now,
    says: 'the sessions',
    sql: `SELECT show_sessions(($1)[2:], ${instant(club.now)})`,
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
