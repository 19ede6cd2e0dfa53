import { expect } from '@jest/globals';
import fc from 'fast-check';
import type pg from 'pg';
import { errorCode } from './connections.js';
import { expectSameSessions, invariantViolations } from './session-observations.js';
import { HOUR, ModelError, type Log, type SessionModel, type Session, type Verb } from '../../oracle/model/sessions.js';
import { call } from './fixtures.js';

/** The system under test, as fast-check calls it: the ids of the model's group and sessions in the database. */
export class Real {
  readonly sessions: string[] = [];

  constructor(
    readonly client: pg.Client,
    readonly group: string,
  ) {}

  call<T>(model: SessionModel, name: string, ...values: unknown[]): Promise<T> {
    return call<T>(this.client, name, values, new Date(model.now));
  }

  idOf(model: SessionModel, session: Session): string {
    return this.sessions[model.sessions.indexOf(session)]!;
  }
}

export type Command = fc.AsyncCommand<SessionModel, Real>;

/** A command that the model and the database must both execute, or refuse with the same error. */
function command(
  name: string,
  onModel: (model: SessionModel) => void,
  onReal: (model: SessionModel, real: Real) => Promise<unknown>,
  check: (model: SessionModel) => boolean = () => true,
): Command {
  return {
    check,
    toString: () => name,
    async run(model, real) {
      // The database first: arguments are derived from the model before the command.
      const error = await errorCode(onReal(model, real));
      expect(error).toBe(modelError(() => onModel(model)));
      await expectSameSessions(real.client, real.sessions, model);
      expect(await invariantViolations(real.client)).toEqual([]);
    },
  };
}

function modelError(work: () => void): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return error.code;
  }
}

type Fits = (session: Session) => boolean;

/** Usually a session for which the command is valid, sometimes any session. */
function pick(model: SessionModel, nth: number, fits: Fits = ({ status }) => status !== 'ended'): Session {
  const fitting = model.sessions.filter(fits);
  const among = nth % 6 > 0 && fitting.length > 0 ? fitting : model.sessions;
  return among[Math.floor(nth / 6) % among.length]!;
}

const fitting: Record<Verb, Fits> = {
  start: ({ status }) => status === 'scheduled',
  pause: ({ status }) => status === 'running',
  resume: ({ status }) => status === 'paused',
  stop: ({ status, startedAt, hostStopped }) => startedAt !== null && (status !== 'ended' || !hostStopped),
};

const started: Fits = ({ startedAt }) => startedAt !== null;

const anySession = (model: SessionModel): boolean => model.sessions.length > 0;

/** Usually only if a session fits, because commands fail often enough. */
const isUseful = (model: SessionModel, nth: number, fits: Fits): boolean =>
  anySession(model) && (nth % 6 === 0 || model.sessions.some(fits));

const nth = fc.nat({ max: 1000 });
const share = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(0, 1) },
  { weight: 4, arbitrary: fc.integer({ min: -3, max: 103 }).map((percent) => percent / 100) },
);
const span = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(0, 1, 1000, HOUR) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 2 * HOUR }) },
  { weight: 1, arbitrary: fc.constantFrom(12 * HOUR - 1, 12 * HOUR, 13 * HOUR, 25 * HOUR) },
);

/** The `at` of a verb: none, a share of the time since the previous verb, or so many milliseconds ago. */
type RequestedAt = { kind: 'none' } | { kind: 'share'; share: number } | { kind: 'ago'; ago: number };

const requestedAt: fc.Arbitrary<RequestedAt> = fc.oneof(
  { weight: 5, arbitrary: fc.constant<RequestedAt>({ kind: 'none' }) },
  { weight: 5, arbitrary: share.map((part): RequestedAt => ({ kind: 'share', share: part })) },
  {
    weight: 2,
    arbitrary: fc
      .oneof(span, fc.constantFrom(-60_000, -60_001, 168 * HOUR, 168 * HOUR + 1))
      .map((ago): RequestedAt => ({ kind: 'ago', ago })),
  },
);

function requestedInstant(model: SessionModel, session: Session, requested: RequestedAt): number | null {
  if (requested.kind === 'none') return null;
  if (requested.kind === 'ago') return model.now - requested.ago;
  const from = Math.max(session.lastVerbAt, session.createdAt - HOUR);
  return Math.round(from + ((session.endedAt ?? model.now) - from) * requested.share);
}

const date = (instant: number | null): Date | null => (instant === null ? null : new Date(instant));

/** Generators of all commands; callers are usually people with the permission. */
export function sessionCommands(people: string[]): fc.Arbitrary<Command>[] {
  const anyone = fc.constantFrom(...people);
  const usuallyHost = fc.oneof({ weight: 8, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: anyone });
  const scheduledIn = fc.option(fc.integer({ min: -90_000, max: 3 * HOUR }));

  const create = fc.tuple(anyone, fc.constantFrom(true, true, false), scheduledIn).map(([host, inGroup, later]) =>
    command(
      `create(${host}, ${inGroup}, ${later})`,
      (model) => model.create(host, inGroup, later === null ? null : model.now + later),
      async (model, real) => {
        const start = later === null ? null : new Date(model.now + later);
        real.sessions.push(await real.call<string>(model, 'create_session', host, inGroup ? real.group : null, start));
      },
    ),
  );
  const verb = (name: Verb): fc.Arbitrary<Command> =>
    fc.tuple(nth, usuallyHost, requestedAt).map(([number, caller, requested]) =>
      command(
        `${name}(${number}, ${caller}, ${JSON.stringify(requested)})`,
        (model) => {
          const session = pick(model, number, fitting[name]);
          model.verb(name, session, caller ?? session.host, requestedInstant(model, session, requested));
        },
        (model, real) => {
          const session = pick(model, number, fitting[name]);
          const at = date(requestedInstant(model, session, requested));
          return real.call(model, `${name}_session`, caller ?? session.host, real.idOf(model, session), at);
        },
        (model) => isUseful(model, number, fitting[name]),
      ),
    );
  const wait = span.map((milliseconds) =>
    command(
      `wait(${milliseconds})`,
      (model) => model.advance(milliseconds),
      () => Promise.resolve(),
    ),
  );
  const verbs = [
    verb('start'),
    verb('start'),
    verb('pause'),
    verb('pause'),
    verb('resume'),
    verb('resume'),
    verb('stop'),
  ];
  return [create, ...verbs, wait, wait, wait, ...participantCommands(anyone), ...groupCommands(anyone)];
}

function participantCommands(anyone: fc.Arbitrary<string>): fc.Arbitrary<Command>[] {
  const join = fc.tuple(nth, anyone).map(([number, person]) =>
    command(
      `join(${number}, ${person})`,
      (model) => model.join(pick(model, number), person),
      (model, real) => real.call(model, 'join_session', person, real.idOf(model, pick(model, number))),
      anySession,
    ),
  );
  const leave = fc.tuple(nth, anyone).map(([number, person]) =>
    command(
      `leave(${number}, ${person})`,
      (model) => model.leave(pick(model, number), person),
      (model, real) => real.call(model, 'leave_session', person, real.idOf(model, pick(model, number)), person),
      anySession,
    ),
  );
  // Times are shares of the session's duration, and never lie after the model's clock.
  const window = (model: SessionModel, session: Session, shares: [number, number]): number[] => {
    const start = session.startedAt ?? session.createdAt;
    const length = (session.endedAt ?? model.now) - start;
    return shares.map((part) => Math.min(model.now, Math.round(start + length * part)));
  };
  const addLog = fc.tuple(nth, anyone, share, share).map(([number, person, ...shares]) => {
    const times = (model: SessionModel): number[] =>
      window(model, pick(model, number, started), shares).sort((a, b) => a - b);
    return command(
      `addLog(${number}, ${person}, ${shares.join(' to ')})`,
      (model) => model.addLog(pick(model, number, started), person, ...(times(model) as [number, number])),
      (model, real) =>
        real.call(model, 'add_log', person, real.idOf(model, pick(model, number, started)), ...times(model).map(date)),
      (model) => isUseful(model, number, started),
    );
  });
  return [join, join, leave, addLog, addLog, addLog, deleteLogCommand(anyone)];
}

function deleteLogCommand(anyone: fc.Arbitrary<string>): fc.Arbitrary<Command> {
  const usuallyAuthor = fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: anyone });
  const logged: Fits = ({ logs }) => logs.some(({ manual }) => manual);
  return fc.tuple(nth, nth, usuallyAuthor).map(([number, which, caller]) => {
    const logOf = (model: SessionModel): Log => nthLog(pick(model, number, logged), which);
    return command(
      `deleteLog(${number}, ${which}, ${caller})`,
      (model) => model.deleteLog(pick(model, number, logged), logOf(model), caller ?? logOf(model).person),
      async (model, real) => {
        const session = real.idOf(model, pick(model, number, logged));
        const { person, start, manual } = logOf(model);
        const id = await logId(real.client, [session, person, new Date(start), manual, date(logOf(model).end)]);
        return real.call(model, 'delete_log', caller ?? person, session, id);
      },
      (model) => anySession(model) && pick(model, number, logged).logs.length > 0,
    );
  });
}

/** Usually a manual log, because only those can be deleted. */
function nthLog({ logs }: Session, nth: number): Log {
  const manual = logs.filter((log) => log.manual);
  const among = nth % 4 > 0 && manual.length > 0 ? manual : logs;
  return among[nth % among.length]!;
}

/** Prefers the log with this end; the end of a segment may not be written yet if its session ended by itself. */
async function logId(client: pg.Client, values: unknown[]): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `SELECT l.id FROM time_logs l JOIN session_participants p ON p.id = l.participant_id
      WHERE p.session_id = $1 AND l.user_id = $2 AND l.started_at = $3 AND l.manual = $4
      ORDER BY l.ended_at IS DISTINCT FROM $5::timestamptz`,
    values,
  );
  return rows[0]!.id;
}

function groupCommands(anyone: fc.Arbitrary<string>): fc.Arbitrary<Command>[] {
  // Rarely, because archiving makes most other commands fail.
  const archive = fc.tuple(anyone, fc.nat({ max: 5 })).map(([person, chance]) =>
    command(
      `archive(${person})`,
      (model) => model.archive(person),
      (model, real) => real.call(model, 'archive_group', person, real.group),
      (model) => chance === 0 && model.sessions.length > 2,
    ),
  );
  const runJob = fc.constant(
    command(
      'runJob()',
      () => undefined,
      (model, real) => real.call(model, 'archive_groups_expired_at'),
    ),
  );
  const leaveGroup = fc.tuple(anyone, fc.nat({ max: 2 })).map(([person, chance]) =>
    command(
      `leaveGroup(${person})`,
      (model) => model.leaveGroup(person),
      (model, real) => real.call(model, 'remove_member', person, real.group, person),
      () => chance === 0,
    ),
  );
  const rejoin = anyone.map((person) =>
    command(
      `rejoin(${person})`,
      (model) => model.rejoin(person),
      (model, real) => real.call(model, 'add_member', model.owner, real.group, person, 'member'),
      // The trigger that keeps archived groups closed reads the real clock. The last person never becomes a member.
      (model) =>
        !model.members.has(person) &&
        model.initialMembers.has(person) &&
        (model.groupEnd > Date.now() || model.isArchived),
    ),
  );
  return [archive, runJob, leaveGroup, rejoin];
}
