import { expect } from '@jest/globals';
import fc from 'fast-check';
import type pg from 'pg';
import { refusalOf } from './connections.js';
import { expectSame, faultsIn } from './session-checks.js';
import { HOUR, Refusal, type Log, type Model, type Session, type Verb } from '../../oracle/model/sessions.js';
import { call } from './world.js';

/** The model's group and sessions in the database. */
export class Real {
  readonly sessions: string[] = [];

  constructor(
    readonly client: pg.Client,
    readonly group: string,
  ) {}

  ask<T>(model: Model, name: string, ...values: unknown[]): Promise<T> {
    return call<T>(this.client, name, values, new Date(model.now));
  }

  idOf(model: Model, session: Session): string {
    return this.sessions[model.sessions.indexOf(session)]!;
  }
}

export type Command = fc.AsyncCommand<Model, Real>;

/** One thing that somebody does: model and database refuse it alike, or do the same. */
function command(
  name: string,
  onModel: (model: Model) => void,
  onReal: (model: Model, real: Real) => Promise<unknown>,
  check: (model: Model) => boolean = () => true,
): Command {
  return {
    check,
    toString: () => name,
    async run(model, real) {
      // First the database: the model is still as it was when the command came.
      const refused = await refusalOf(onReal(model, real));
      expect(refused).toBe(refusalBy(() => onModel(model)));
      await expectSame(real.client, real.sessions, model);
      expect(await faultsIn(real.client)).toEqual([]);
    },
  };
}

function refusalBy(work: () => void): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error.code;
  }
}

type Fits = (session: Session) => boolean;

/** A session by a number: mostly one where the command can do something. */
function pick(model: Model, nth: number, fits: Fits = ({ status }) => status !== 'ended'): Session {
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

const anySession = (model: Model): boolean => model.sessions.length > 0;

/** Mostly only where a session fits: refusals come often enough. */
const worthwhile = (model: Model, nth: number, fits: Fits): boolean =>
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

/** When a phone says it was: it says nothing, a time since the last verb, or so many milliseconds ago. */
type Said = { kind: 'nothing' } | { kind: 'share'; share: number } | { kind: 'ago'; ago: number };

const said: fc.Arbitrary<Said> = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Said>({ kind: 'nothing' }) },
  { weight: 5, arbitrary: share.map((part): Said => ({ kind: 'share', share: part })) },
  {
    weight: 2,
    arbitrary: fc
      .oneof(span, fc.constantFrom(-60_000, -60_001, 168 * HOUR, 168 * HOUR + 1))
      .map((ago): Said => ({ kind: 'ago', ago })),
  },
);

function saidAt(model: Model, session: Session, told: Said): number | null {
  if (told.kind === 'nothing') return null;
  if (told.kind === 'ago') return model.now - told.ago;
  const from = Math.max(session.lastVerbAt, session.createdAt - HOUR);
  return Math.round(from + ((session.endedAt ?? model.now) - from) * told.share);
}

const date = (instant: number | null): Date | null => (instant === null ? null : new Date(instant));

/** What the people of a model may do; most of it by those who may. */
export function sessionCommands(people: string[]): fc.Arbitrary<Command>[] {
  const anybody = fc.constantFrom(...people);
  const hostMostly = fc.oneof({ weight: 8, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: anybody });
  const scheduledIn = fc.option(fc.integer({ min: -90_000, max: 3 * HOUR }));

  const create = fc.tuple(anybody, fc.constantFrom(true, true, false), scheduledIn).map(([host, inGroup, later]) =>
    command(
      `create(${host}, ${inGroup}, ${later})`,
      (model) => model.create(host, inGroup, later === null ? null : model.now + later),
      async (model, real) => {
        const start = later === null ? null : new Date(model.now + later);
        real.sessions.push(await real.ask<string>(model, 'create_session', host, inGroup ? real.group : null, start));
      },
    ),
  );
  const verb = (name: Verb): fc.Arbitrary<Command> =>
    fc.tuple(nth, hostMostly, said).map(([number, caller, told]) =>
      command(
        `${name}(${number}, ${caller}, ${JSON.stringify(told)})`,
        (model) => {
          const session = pick(model, number, fitting[name]);
          model.verb(name, session, caller ?? session.host, saidAt(model, session, told));
        },
        (model, real) => {
          const session = pick(model, number, fitting[name]);
          const at = date(saidAt(model, session, told));
          return real.ask(model, `${name}_session`, caller ?? session.host, real.idOf(model, session), at);
        },
        (model) => worthwhile(model, number, fitting[name]),
      ),
    );
  const wait = span.map((milliseconds) =>
    command(
      `wait(${milliseconds})`,
      (model) => model.pass(milliseconds),
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
  return [create, ...verbs, wait, wait, wait, ...participantCommands(anybody), ...groupCommands(anybody)];
}

function participantCommands(anybody: fc.Arbitrary<string>): fc.Arbitrary<Command>[] {
  const join = fc.tuple(nth, anybody).map(([number, who]) =>
    command(
      `join(${number}, ${who})`,
      (model) => model.join(pick(model, number), who),
      (model, real) => real.ask(model, 'join_session', who, real.idOf(model, pick(model, number))),
      anySession,
    ),
  );
  const leave = fc.tuple(nth, anybody).map(([number, who]) =>
    command(
      `leave(${number}, ${who})`,
      (model) => model.leave(pick(model, number), who),
      (model, real) => real.ask(model, 'leave_session', who, real.idOf(model, pick(model, number)), who),
      anySession,
    ),
  );
  // Times as shares of the session's window, never in the model's future.
  const window = (model: Model, session: Session, shares: [number, number]): number[] => {
    const start = session.startedAt ?? session.createdAt;
    const length = (session.endedAt ?? model.now) - start;
    return shares.map((part) => Math.min(model.now, Math.round(start + length * part)));
  };
  const log = fc.tuple(nth, anybody, share, share).map(([number, who, ...shares]) => {
    const times = (model: Model): number[] => window(model, pick(model, number, started), shares).sort((a, b) => a - b);
    return command(
      `log(${number}, ${who}, ${shares.join(' to ')})`,
      (model) => model.addLog(pick(model, number, started), who, ...(times(model) as [number, number])),
      (model, real) =>
        real.ask(model, 'add_log', who, real.idOf(model, pick(model, number, started)), ...times(model).map(date)),
      (model) => worthwhile(model, number, started),
    );
  });
  return [join, join, leave, log, log, log, unlogCommand(anybody)];
}

function unlogCommand(anybody: fc.Arbitrary<string>): fc.Arbitrary<Command> {
  const authorMostly = fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: anybody });
  const logged: Fits = ({ logs }) => logs.some(({ manual }) => manual);
  return fc.tuple(nth, nth, authorMostly).map(([number, which, caller]) => {
    const logOf = (model: Model): Log => nthLog(pick(model, number, logged), which);
    return command(
      `unlog(${number}, ${which}, ${caller})`,
      (model) => model.deleteLog(pick(model, number, logged), logOf(model), caller ?? logOf(model).person),
      async (model, real) => {
        const session = real.idOf(model, pick(model, number, logged));
        const { person, start, manual } = logOf(model);
        const id = await logId(real.client, [session, person, new Date(start), manual, date(logOf(model).end)]);
        return real.ask(model, 'delete_log', caller ?? person, session, id);
      },
      (model) => anySession(model) && pick(model, number, logged).logs.length > 0,
    );
  });
}

/** Mostly one by hand: nobody takes back another. */
function nthLog({ logs }: Session, nth: number): Log {
  const manual = logs.filter((log) => log.manual);
  const among = nth % 4 > 0 && manual.length > 0 ? manual : logs;
  return among[nth % among.length]!;
}

/** Among twins the one with the same end; the end of a segment that a session's own end closed may not be written yet. */
async function logId(client: pg.Client, values: unknown[]): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `SELECT l.id FROM time_logs l JOIN session_participants p ON p.id = l.participant_id
      WHERE p.session_id = $1 AND l.user_id = $2 AND l.started_at = $3 AND l.manual = $4
      ORDER BY l.ended_at IS DISTINCT FROM $5::timestamptz`,
    values,
  );
  return rows[0]!.id;
}

function groupCommands(anybody: fc.Arbitrary<string>): fc.Arbitrary<Command>[] {
  // Rarely: nearly everything there is to see comes before.
  const archive = fc.tuple(anybody, fc.nat({ max: 5 })).map(([who, luck]) =>
    command(
      `archive(${who})`,
      (model) => model.archive(who),
      (model, real) => real.ask(model, 'archive_group', who, real.group),
      (model) => luck === 0 && model.sessions.length > 2,
    ),
  );
  const job = fc.constant(
    command(
      'job()',
      () => undefined,
      (model, real) => real.ask(model, 'archive_groups_expired_at'),
    ),
  );
  const leaveGroup = fc.tuple(anybody, fc.nat({ max: 2 })).map(([who, luck]) =>
    command(
      `leaveGroup(${who})`,
      (model) => model.leaveGroup(who),
      (model, real) => real.ask(model, 'remove_member', who, real.group, who),
      () => luck === 0,
    ),
  );
  const comeBack = anybody.map((who) =>
    command(
      `comeBack(${who})`,
      (model) => model.returnToGroup(who),
      (model, real) => real.ask(model, 'add_member', model.owner, real.group, who, 'member'),
      // The trigger that keeps archived groups closed goes by the real clock. The last of the people stays a stranger.
      (model) => !model.members.has(who) && model.known.has(who) && (model.groupEnd > Date.now() || model.groupIsOver),
    ),
  );
  return [archive, job, leaveGroup, comeBack];
}
