import { isDeepStrictEqual } from 'node:util';
import type pg from 'pg';
import type { GroupDetail } from '../../../src/groups/groups.dto.js';
import type { MemberHistory, MemberProgress, PastPeriod } from '../../../src/progress/progress.dto.js';
import type { SessionDetail, TimeLog } from '../../../src/sessions/sessions.dto.js';
import type { Person } from '../../support/api.js';
import { bodyOf } from '../../support/request.js';
import { focusAt } from '../model/focus.js';
import type { GroupModel } from '../model/group.js';
import { historyAt, progressAt, unionLength } from '../model/progress.js';
import type { Session } from '../model/sessions.js';
import { type CreatedIds, rfc3339 } from './http-command.js';
import { rowValues, historyRow, progressRows } from './observations.js';
import { PROGRESS_ROW } from './observations.sql.js';

/** A scenario's run over HTTP: the model, the API's ids for what was created, and the transcript that a failure shows. */
export interface Run {
  model: GroupModel;
  ids: CreatedIds;
  people: Map<string, Person>;
  client: pg.ClientBase;
  transcript: string[];
  /** The last full response of progress/current. */
  progress?: { etag: string; etagContent: unknown };
}

export function startRun(
  model: GroupModel,
  group: string,
  people: readonly Person[],
  client: pg.ClientBase,
  transcript: string[],
): Run {
  const ids = { group, sessions: [], logs: new Map(), invites: new Map() };
  return { model, ids, people: new Map(people.map((person) => [person.id, person])), client, transcript };
}

export function difference(run: Run, oracle: unknown, api: unknown): Error {
  return new Error(
    `The API and the oracle differ at the last line of\n\n${run.transcript.join('\n')}\n\n` +
      `oracle: ${JSON.stringify(oracle)}\nAPI:    ${JSON.stringify(api)}\n`,
  );
}

/**
 * The server reads its clock at some instant between request and response. Advances the model by milliseconds until its
 * expected response equals the observed one; fails if it never does. A response with `as_of` fixes the instant.
 */
async function expectAgreement(
  run: Run,
  description: string,
  request: () => Promise<unknown>,
  expected: () => unknown,
): Promise<void> {
  const { model, transcript } = run;
  const sent = Date.now();
  const observed = await request();
  const answered = Date.now();
  transcript.push(`${rfc3339(sent)}  ${description}`);
  model.advanceTo(sent);
  while (!isDeepStrictEqual(expected(), observed)) {
    if (model.now >= answered) throw difference(run, expected(), observed);
    model.advance(1);
  }
}

const ms = (at: string | null): number | null => (at === null ? null : Date.parse(at));
const byFirst = (a: unknown[], b: unknown[]): number => (String(a[0]) < String(b[0]) ? -1 : 1);

const periodOf = (row: PastPeriod | MemberProgress): unknown[] => [
  ...[ms(row.period_start), ms(row.period_end), row.seconds_done, row.target_minutes, row.goal_met],
];

/** Progress with the API's own fields. Members with equal seconds are ranked in joining order. */
function rankedRows(model: GroupModel): unknown[][] {
  return [...progressAt(model, model.now)]
    .sort(([, a], [, b]) => b.seconds - a.seconds)
    .map(([person, row], index) => [
      person,
      model.roleOf(person),
      index + 1,
      model.isRunning(person, model.now),
      ...rowValues(row),
    ]);
}

/** What the ETag covers: everything but the seconds of running members (specification 6). */
const etagContent = (model: GroupModel): unknown[][] =>
  rankedRows(model).map(([person, role, rank, running, start, end, seconds, ...rest]) => [
    ...[person, role, rank, running, start, end, running === true ? null : seconds, ...rest],
  ]);

async function observeProgress(run: Run, viewer: Person): Promise<void> {
  const { model, ids } = run;
  const path = `/api/groups/${ids.group}/progress/current`;
  const previous = run.progress;
  if (previous) {
    await expectAgreement(
      run,
      `${viewer.name} revalidates the progress`,
      async () => (await viewer.get(path, { 'if-none-match': previous.etag })).status,
      () => (isDeepStrictEqual(etagContent(model), previous.etagContent) ? 304 : 200),
    );
  }
  let etag = '';
  await expectAgreement(
    run,
    `${viewer.name} reads the progress`,
    async () => {
      const { headers, body } = await viewer.get(path);
      const rows = body as MemberProgress[];
      etag = headers['etag']!;
      return [ms(rows[0]!.as_of), rows.map((row) => [row.user_id, row.role, row.rank, row.running, ...periodOf(row)])];
    },
    () => [model.now, rankedRows(model)],
  );
  run.progress = { etag, etagContent: etagContent(model) };
}

async function observeHistory(run: Run, viewer: Person): Promise<void> {
  const { model, ids } = run;
  await expectAgreement(
    run,
    `${viewer.name} reads the history`,
    async () => {
      const path = `/api/groups/${ids.group}/progress/history`;
      const rows = await bodyOf<MemberHistory[]>(viewer.get(path).expect(200));
      return rows
        .map((row) => [row.user_id, row.current_streak, row.best_streak, row.periods.map(periodOf), row.role])
        .sort(byFirst);
    },
    () =>
      [...historyAt(model, model.now)]
        .map(([person, rows]) => [
          ...historyRow(person, { ...rows, periods: rows.periods.slice(0, 30) }),
          model.roleOf(person),
        ])
        .sort(byFirst),
  );
}

async function observeFocus(run: Run, viewer: Person): Promise<void> {
  const { model } = run;
  const timezone = model.timezone;
  await expectAgreement(
    run,
    `${viewer.name} reads the focus`,
    async () => bodyOf(viewer.get(`/api/me/focus?timezone=${encodeURIComponent(timezone)}`).expect(200)),
    () => ({ timezone, ...focusAt(model.focusOf(viewer.id, model.now), timezone, model.now) }),
  );
}

async function observeView(run: Run): Promise<void> {
  const { model, ids, client } = run;
  await expectAgreement(
    run,
    'the view in SQL',
    async () => {
      const { rows } = await client.query<{ at: Date; progress: unknown[] }>(
        `SELECT to_ms(now()) AS at, json_agg(${PROGRESS_ROW} ORDER BY p.user_id) AS progress
           FROM group_member_period_progress p WHERE p.group_id = $1`,
        [ids.group],
      );
      return [rows[0]!.at.getTime(), rows[0]!.progress];
    },
    () => [model.now, progressRows(model, model.now)],
  );
}

/** Progress, history and focus over HTTP, and the view in SQL. */
export async function observe(run: Run, viewer: Person): Promise<void> {
  await observeProgress(run, viewer);
  await observeHistory(run, viewer);
  await observeFocus(run, viewer);
  await observeView(run);
}

/** The group's status, members and sessions. */
export async function observeGroup(run: Run, viewer: Person): Promise<void> {
  const { model, ids } = run;
  await expectAgreement(
    run,
    `${viewer.name} reads the group`,
    async () => {
      const group = await bodyOf<GroupDetail>(viewer.get(`/api/groups/${ids.group}`).expect(200));
      return [
        ...[group.owner_id, group.status, ms(group.archived_at)],
        group.members.map((row) => [row.user_id, row.role, row.override_period_target_minutes]),
        group.sessions.map(({ id, status, ended_at }) => [id, status, ms(ended_at)]),
      ];
    },
    () => {
      const members = [model.owner, ...[...model.members].filter((person) => person !== model.owner)];
      return [
        ...[model.owner, model.isArchived ? 'archived' : 'active', model.isArchived ? model.groupEnd : null],
        members.map((person) => [person, model.roleOf(person), model.overrideOf(person)]),
        model.sessions
          .map((session, index) => ({ ...session, id: ids.sessions[index]! }))
          .filter(({ inGroup }) => inGroup)
          .map(({ id, status, endedAt }) => [id, status, endedAt])
          .reverse(),
      ];
    },
  );
}

/** Every session with its participants and logs, as read by its host. */
export async function observeSessions(run: Run): Promise<void> {
  for (const [index, session] of run.model.sessions.entries()) {
    const host = run.people.get(session.host)!;
    const path = `/api/sessions/${run.ids.sessions[index]!}`;
    await expectAgreement(
      run,
      `${host.name} reads session ${index}`,
      async () => sessionRow(await bodyOf<SessionDetail>(host.get(path).expect(200))),
      () => expectedSession(session, run.model.now),
    );
    await expectAgreement(
      run,
      `${host.name} reads the logs of session ${index}`,
      async () => {
        const logs = await bodyOf<TimeLog[]>(host.get(`${path}/logs`).expect(200));
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

function expectedSession(session: Session, at: number): unknown[] {
  const { status, createdAt, scheduledStart, startedAt, endedAt, host } = session;
  const present = [...session.joined].filter(([person]) => !session.left.has(person));
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
