import { type Temporal } from 'temporal-polyfill';
import { dayOf } from '../model/calendar.js';
import type { GroupModel } from '../model/group.js';
import { historyAt, type MemberHistory, periodAt, type PeriodRow, progressAt } from '../model/progress.js';
import { DAY, HOUR } from './generators.js';
import { instant, type Statement, quote } from './runner.js';

/** Observations: queries that return JSON, and the result that the model expects. */

/** A row in the order of PROGRESS_ROW. */
export const rowValues = ({ start, end, seconds, target, met }: PeriodRow): unknown[] => [
  start,
  end,
  seconds,
  target,
  met,
];

export const progressRows = (model: GroupModel, at: number): unknown[] =>
  [...progressAt(model, at)].map(([person, row]) => [person, ...rowValues(row)]).sort(byFirst);

const byFirst = (a: unknown[], b: unknown[]): number => (String(a[0]) < String(b[0]) ? -1 : 1);

function progress(model: GroupModel, instants: number[]): Statement {
  const list = instants.map(instant).join(', ');
  return {
    at: model.now,
    description: `progress at ${list}`,
    sql: `SELECT observe_progress(($1)[1], ARRAY[${list}]::timestamptz[])`,
    expected: instants.map((at) => progressRows(model, at)),
  };
}

export const historyRow = (person: string, { current, best, periods }: MemberHistory): unknown[] => [
  person,
  current,
  best,
  periods.map(rowValues),
];

function history(model: GroupModel, days: { from: Temporal.PlainDate; to: Temporal.PlainDate }, at: number): Statement {
  const [from, to] = [quote(days.from.toString()), quote(days.to.toString())];
  return {
    at: model.now,
    description: `history of ${from} to ${to} at ${instant(at)}`,
    sql: `SELECT observe_history(${quote(model.owner)}, ($1)[1], ${from}, ${to}, ${instant(at)})`,
    expected: [...historyAt(model, at, days)].map(([person, rows]) => historyRow(person, rows)).sort(byFirst),
  };
}

/** Progress now and later, and history: automatic ends count before a job writes them. */
export function observePresent(model: GroupModel): Statement[] {
  const { now } = model;
  const { end } = periodAt(model, now);
  const today = dayOf(model.timezone, now);
  const wide = { from: today.subtract({ days: 40 }), to: today.add({ days: 1 }) };
  const ahead = [now, now + 1, now + 20 * 60_000, now + 12 * HOUR, now + DAY, end - 1, end];
  return [
    progress(
      model,
      ahead.filter((at) => at >= now),
    ),
    history(model, wide, now),
    history(model, { from: today.subtract({ days: 1 }), to: today }, now + 13 * HOUR),
  ];
}

/** Past periods, after the jobs: before them, a past instant may still show a session as running. */
export function observePast(model: GroupModel): Statement[] {
  const { now } = model;
  const at = instant(now);
  const boundaries: number[] = [];
  for (let boundary = periodAt(model, now).start; boundary > model.startAt && boundaries.length < 12;) {
    boundaries.push(boundary, boundary - 1, boundary - HOUR);
    boundary = periodAt(model, boundary - 1).start;
  }
  const instants = [...boundaries, model.startAt - DAY, model.startAt, model.startAt + 1];
  return [
    {
      at: now,
      description: 'the jobs run',
      sql: `SELECT end_expired_sessions(${at}), archive_groups_expired_at(${at})`,
      expected: null,
    },
    observeSessions(model),
    progress(model, instants),
  ];
}

/** Every session with its participants and logs. */
export function observeSessions(model: GroupModel): Statement {
  return {
    at: model.now,
    description: 'the sessions',
    sql: `SELECT observe_sessions(($1)[2:], ${instant(model.now)})`,
    expected: model.sessions.map((session) => [
      session.status,
      session.startedAt,
      session.endedAt,
      [...session.joined.keys()].filter((person) => !session.left.has(person)).sort(),
      session.logs
        .map(({ person, manual, start, end }) => [person, manual, start, end])
        .sort((a, b) => (asText(a) < asText(b) ? -1 : 1)),
    ]),
  };
}

/** The text of a jsonb array. */
const asText = (list: unknown[]): string => `[${list.map((item) => JSON.stringify(item)).join(', ')}]`;
