import { isDeepStrictEqual } from 'node:util';
import type pg from 'pg';
import type { GroupDetail } from '../../../src/groups/groups.dto.js';
import type { MemberHistory, MemberProgress, PastPeriod, Progress } from '../../../src/progress/progress.dto.js';
import type { SessionDetail, TimeLog } from '../../../src/sessions/sessions.dto.js';
import type { Person } from '../../support/api.js';
import type { Club } from '../model/club.js';
import { historyAt, progressAt, unionLength } from '../model/race.js';
import type { Session } from '../model/sessions.js';
import { type Made, rfc3339 } from './http-request.js';
import { flat, historyRow, raceRows } from './looks.js';
import { PROGRESS_ROW } from './looks.sql.js';

/** A history that is being lived: the model, what the API has made of it, and what readers of a failure are told. */
export interface Life {
  club: Club;
  made: Made;
  people: Map<string, Person>;
  client: pg.ClientBase;
  story: string[];
  /** What the race was when it was last read whole, and its ETag. */
  race?: { etag: string; essence: unknown };
}

export function lifeOf(
  club: Club,
  group: string,
  people: readonly Person[],
  client: pg.ClientBase,
  story: string[],
): Life {
  const made = { group, sessions: [], logs: new Map(), invites: new Map() };
  return { club, made, people: new Map(people.map((person) => [person.id, person])), client, story };
}

export function differ(life: Life, oracle: unknown, api: unknown): Error {
  return new Error(
    `The API and the oracle differ at the last line of\n\n${life.story.join('\n')}\n\n` +
      `oracle: ${JSON.stringify(oracle)}\nAPI:    ${JSON.stringify(api)}\n`,
  );
}

/**
 * Asks, and lets the model's time go on to the millisecond at which it shows what was answered. There must be one within
 * the request: the server took its instant in between. An answer that says its instant is held to that one.
 */
async function agree(life: Life, says: string, ask: () => Promise<unknown>, shown: () => unknown): Promise<void> {
  const { club, story } = life;
  const sent = Date.now();
  const seen = await ask();
  const answered = Date.now();
  story.push(`${rfc3339(sent)}  ${says}`);
  club.passTo(sent);
  while (!isDeepStrictEqual(shown(), seen)) {
    if (club.now >= answered) throw differ(life, shown(), seen);
    club.pass(1);
  }
}

const ms = (at: string | null): number | null => (at === null ? null : Date.parse(at));
const byFirst = (a: unknown[], b: unknown[]): number => (String(a[0]) < String(b[0]) ? -1 : 1);

const periodOf = (row: PastPeriod | MemberProgress): unknown[] => [
  ...[ms(row.period_start), ms(row.period_end), row.seconds_done, row.target_minutes, row.goal_met],
];

/** The race with what the API adds to the view; of members with as many seconds, who joined first comes first. */
function standings(club: Club): unknown[][] {
  return [...progressAt(club, club.now)]
    .sort(([, a], [, b]) => b.seconds - a.seconds)
    .map(([person, row], index) => [person, club.roleOf(person), index + 1, club.runs(person, club.now), ...flat(row)]);
}

/** What the ETag is over: everything but the seconds of those who are running (specification 6). */
const essence = (club: Club): unknown[][] =>
  standings(club).map(([person, role, rank, running, start, end, seconds, ...rest]) => [
    ...[person, role, rank, running, start, end, running === true ? null : seconds, ...rest],
  ]);

async function lookAtRace(life: Life, viewer: Person): Promise<void> {
  const { club, made } = life;
  const path = `/api/groups/${made.group}/progress/current`;
  const before = life.race;
  if (before) {
    await agree(
      life,
      `${viewer.name} asks whether the race has changed`,
      async () => (await viewer.get(path, { 'if-none-match': before.etag }).answer).status,
      () => (isDeepStrictEqual(essence(club), before.essence) ? 304 : 200),
    );
  }
  let etag = '';
  await agree(
    life,
    `${viewer.name} reads the race`,
    async () => {
      const { headers, body } = await viewer.get(path).answer;
      const { as_of, members } = body as Progress;
      etag = headers.get('etag')!;
      return [ms(as_of), members.map((row) => [row.user_id, row.role, row.rank, row.running, ...periodOf(row)])];
    },
    () => [club.now, standings(club)],
  );
  life.race = { etag, essence: essence(club) };
}

async function lookAtHistory(life: Life, viewer: Person): Promise<void> {
  const { club, made } = life;
  await agree(
    life,
    `${viewer.name} reads the history`,
    async () => {
      const path = `/api/groups/${made.group}/progress/history`;
      const rows = await viewer.get(path).expect<MemberHistory[]>(200);
      return rows
        .map((row) => [row.user_id, row.current_streak, row.best_streak, row.periods.map(periodOf), row.role])
        .sort(byFirst);
    },
    () =>
      [...historyAt(club, club.now)]
        .map(([person, rows]) => [
          ...historyRow(person, { ...rows, periods: rows.periods.slice(0, 30) }),
          club.roleOf(person),
        ])
        .sort(byFirst),
  );
}

async function lookInSql(life: Life): Promise<void> {
  const { club, made, client } = life;
  await agree(
    life,
    'somebody reads the view in SQL',
    async () => {
      const { rows } = await client.query<{ at: Date; race: unknown[] }>(
        `SELECT to_ms(now()) AS at, json_agg(${PROGRESS_ROW} ORDER BY p.user_id) AS race
           FROM group_member_period_progress p WHERE p.group_id = $1`,
        [made.group],
      );
      return [rows[0]!.at.getTime(), rows[0]!.race];
    },
    () => [club.now, raceRows(club, club.now)],
  );
}

/** The race and its past, as one of the members and in SQL. */
export async function look(life: Life, viewer: Person): Promise<void> {
  await lookAtRace(life, viewer);
  await lookAtHistory(life, viewer);
  await lookInSql(life);
}

/** Who belongs to the group and as what, how it stands, and its sessions. */
export async function lookAtGroup(life: Life, viewer: Person): Promise<void> {
  const { club, made } = life;
  await agree(
    life,
    `${viewer.name} reads the group`,
    async () => {
      const group = await viewer.get(`/api/groups/${made.group}`).expect<GroupDetail>(200);
      return [
        ...[group.owner_id, group.status, ms(group.archived_at)],
        group.members.map((row) => [row.user_id, row.role, row.override_period_target_minutes]),
        group.sessions.map(({ id, status, ended_at }) => [id, status, ms(ended_at)]),
      ];
    },
    () => {
      const members = [club.owner, ...[...club.members].filter((person) => person !== club.owner)];
      return [
        ...[club.owner, club.groupIsOver ? 'archived' : 'active', club.groupIsOver ? club.groupEnd : null],
        members.map((person) => [person, club.roleOf(person), club.overrideOf(person)]),
        club.sessions
          .map((session, index) => ({ ...session, id: made.sessions[index]! }))
          .filter(({ inGroup }) => inGroup)
          .map(({ id, status, endedAt }) => [id, status, endedAt])
          .reverse(),
      ];
    },
  );
}

/** Every session with its people and logs, through the eyes of its host, who always sees it. */
export async function lookAtSessions(life: Life): Promise<void> {
  for (const [index, session] of life.club.sessions.entries()) {
    const host = life.people.get(session.host)!;
    const path = `/api/sessions/${life.made.sessions[index]!}`;
    await agree(
      life,
      `${host.name} reads session ${index}`,
      async () => sessionRow(await host.get(path).expect<SessionDetail>(200)),
      () => sessionShown(session, life.club.now),
    );
    await agree(
      life,
      `${host.name} reads the logs of session ${index}`,
      async () => {
        const logs = await host.get(`${path}/logs`).expect<TimeLog[]>(200);
        return logs.map((log) => [log.user_id, log.manual, ms(log.started_at), ms(log.ended_at)].join(' ')).sort();
      },
      () => session.logs.map(({ person, manual, start, end }) => [person, manual, start, end].join(' ')).sort(),
    );
  }
}

const sessionRow = (session: SessionDetail): unknown[] => [
  ...[session.status, ms(session.created_at), ms(session.scheduled_start), ms(session.started_at)],
  ms(session.ended_at),
  session.participants
    .map((row) => [row.user_id, row.role, ms(row.joined_at), row.running, row.seconds_logged])
    .sort(byFirst),
];

function sessionShown(session: Session, at: number): unknown[] {
  const { status, createdAt, scheduledStart, startedAt, endedAt, host } = session;
  const present = [...session.joined].filter(([person]) => !session.out.has(person));
  return [
    ...[status, createdAt, scheduledStart, startedAt, endedAt],
    present
      .map(([person, joinedAt]) => {
        const logs = session.logs.filter((log) => log.person === person);
        const spans = logs.map(({ start, end }) => ({ start, end: end ?? at }));
        const seconds = Math.floor(unionLength(spans) / 1000);
        const running = logs.some(({ end }) => end === null);
        return [person, person === host ? 'host' : 'participant', joinedAt, running, seconds];
      })
      .sort(byFirst),
  ];
}
