import type { GroupModel } from '../model/group.js';
import type { Log, Session, Verb } from '../model/sessions.js';
import { HOUR, recordedSegments, type RequestedAt, type Step } from './generators.js';
import { instant, quote } from './runner.js';

/** A command in SQL and on the model. */
export interface Command {
  description: string;
  sql: string;
  returnsId?: boolean;
  apply: () => void;
}

type Fits = (session: Session) => boolean;

export const fitting: Record<Verb, Fits> = {
  start: ({ status }) => status === 'scheduled',
  pause: ({ status }) => status === 'running',
  resume: ({ status }) => status === 'paused',
  stop: ({ startedAt, status, hostStopped }) => startedAt !== null && (status !== 'ended' || !hostStopped),
};

export const isOpen: Fits = ({ status }) => status !== 'ended';
export const isStarted: Fits = ({ startedAt }) => startedAt !== null;
export const hasManual: Fits = ({ logs }) => logs.some(({ manual }) => manual);

/** Usually a session for which the command is valid, sometimes any session. */
export function pick(model: GroupModel, choice: number, fits: Fits): Session | undefined {
  const among = model.sessions.filter(fits);
  const all = choice % 8 === 0 || among.length === 0 ? model.sessions : among;
  if (choice % 8 !== 0 && among.length === 0) return undefined;
  return all[Math.floor(choice / 8) % all.length];
}

export const idOf = (model: GroupModel, session: Session): string => `($1)[${model.sessions.indexOf(session) + 2}]`;

/** Translates a generated step for the model's current state; undefined if there is nothing to apply it to. */
export function commandFor(model: GroupModel, step: Step, people: string[]): Command | undefined {
  const person = pickPerson(model, step, people);
  switch (step.command) {
    case 'start':
    case 'pause':
    case 'resume':
    case 'stop':
      return verb(model, step.command, step, person);
    case 'create':
      return create(model, step, person);
    case 'record':
      return record(model, step, person);
    case 'join':
    case 'leave':
      return joinOrLeave(model, step.command, step, person);
    case 'addLog':
      return addLog(model, step, person);
    case 'deleteLog':
      return deleteLog(model, step);
    case 'joinGroup':
    case 'leaveGroup':
    case 'override':
      return changeMember(model, step, person);
    case 'runJobs':
      return {
        description: 'the jobs run',
        sql: `SELECT end_expired_sessions(${instant(model.now)}), archive_groups_expired_at(${instant(model.now)})`,
        apply: () => undefined,
      };
    default:
      return changeGroup(model, step);
  }
}

/** Usually somebody who may run the command: a non-member for `joinGroup`, else a member. */
function pickPerson(model: GroupModel, { command, actor, choice }: Step, people: string[]): string {
  const able = people.filter((person) => model.members.has(person) === (command !== 'joinGroup'));
  const among = choice % 9 === 0 || able.length === 0 ? people : able;
  return among[actor % among.length]!;
}

function requestedInstant(model: GroupModel, session: Session, requestedAt: RequestedAt): number | null {
  if (requestedAt === null) return null;
  if ('ago' in requestedAt) return model.now - requestedAt.ago;
  const from = Math.max(session.lastVerbAt, session.createdAt - HOUR);
  return Math.round(from + ((session.endedAt ?? model.now) - from) * requestedAt.share);
}

function verb(model: GroupModel, name: Verb, step: Step, person: string): Command | undefined {
  const session = pick(model, step.choice, fitting[name]);
  if (!session) return undefined;
  const caller = step.choice % 11 === 0 ? person : session.host;
  const requestedAt = requestedInstant(model, session, step.requestedAt);
  const at = requestedAt === null ? 'NULL' : instant(requestedAt);
  return {
    description: `${nameOf(caller)} :${name} session ${model.sessions.indexOf(session)} at ${at}`,
    sql: `SELECT ${name}_session(${quote(caller)}, ${idOf(model, session)}, ${at}, ${instant(model.now)})`,
    apply: () => model.verb(name, session, caller, requestedAt),
  };
}

const nameOf = (person: string): string => `person ${person.slice(-4)}`;

function create(model: GroupModel, step: Step, person: string): Command {
  const inGroup = step.choice % 5 > 0;
  const start = step.choice % 7 === 0 ? model.now + step.choice * 60_000 : null;
  const scheduled = start === null ? 'NULL' : instant(start);
  return {
    description: `${nameOf(person)} creates session ${model.sessions.length}${inGroup ? '' : ' without a group'}, scheduled ${scheduled}`,
    sql: `SELECT create_session(${quote(person)}, ${inGroup ? '($1)[1]' : 'NULL'}, ${scheduled}, ${instant(model.now)})`,
    returnsId: true,
    apply: () => model.create(person, inGroup, start),
  };
}

function record(model: GroupModel, step: Step, person: string): Command {
  const inGroup = step.choice % 5 > 0;
  const segments = recordedSegments(model.now, step);
  const array = (times: number[]): string => `ARRAY[${times.map(instant).join()}]::timestamptz[]`;
  const starts = array(segments.map(({ start }) => start));
  const ends = array(segments.map(({ end }) => end));
  return {
    description: `${nameOf(person)} records ${starts} to ${ends}${inGroup ? '' : ' without a group'}`,
    sql: `SELECT record_session(${quote(person)}, ${inGroup ? '($1)[1]' : 'NULL'}, ${starts}, ${ends}, ${instant(model.now)})`,
    returnsId: true,
    apply: () => model.record(person, inGroup, segments),
  };
}

function joinOrLeave(model: GroupModel, name: 'join' | 'leave', step: Step, person: string): Command | undefined {
  const session = pick(model, step.choice, isOpen);
  if (!session) return undefined;
  const target = name === 'join' ? '' : `, ${quote(person)}`;
  return {
    description: `${nameOf(person)} ${name}s session ${model.sessions.indexOf(session)}`,
    sql: `SELECT ${name}_session(${quote(person)}, ${idOf(model, session)}${target}, ${instant(model.now)})`,
    apply: () => (name === 'join' ? model.join(session, person) : model.leave(session, person)),
  };
}

function addLog(model: GroupModel, step: Step, person: string): Command | undefined {
  const session = pick(model, step.choice, isStarted);
  if (!session) return undefined;
  const opens = session.startedAt ?? model.now - HOUR;
  const closes = session.endedAt ?? model.now;
  const between = (share: number): number => Math.round(opens + (closes - opens) * share);
  const boundary = model.calendarPeriodStart(closes);
  const start = step.from === 'boundary' ? boundary : between(step.from);
  const goal = start + (step.minutes ?? 60) * 60_000;
  const ends = { boundary, goal, short: goal - 1 };
  const end = typeof step.to === 'number' ? between(step.to) : ends[step.to];
  // The database also compares logs with its own clock: none ends after the model's instant.
  const [first, last] = [start, end].map((at) => Math.min(at, model.now)).sort((a, b) => a - b) as [number, number];
  return {
    description: `${nameOf(person)} logs ${instant(first)} to ${instant(last)} in session ${model.sessions.indexOf(session)}`,
    sql: `SELECT add_log(${quote(person)}, ${idOf(model, session)}, ${instant(first)}, ${instant(last)}, ${instant(model.now)})`,
    apply: () => model.addLog(session, person, first, last),
  };
}

function deleteLog(model: GroupModel, step: Step): Command | undefined {
  const session = pick(model, step.choice, hasManual);
  const logs = session?.logs.filter(({ manual }) => manual) ?? [];
  const chosen: Log | undefined = logs[step.choice % logs.length];
  if (!session || !chosen) return undefined;
  const { person, start, end } = chosen;
  const id = `(SELECT l.id FROM time_logs l JOIN session_participants p ON p.id = l.participant_id
    WHERE p.session_id = ${idOf(model, session)} AND l.user_id = ${quote(person)} AND l.manual
      AND l.started_at = ${instant(start)} AND l.ended_at = ${instant(end!)} LIMIT 1)`;
  return {
    description: `${nameOf(person)} deletes the log of ${instant(start)}`,
    sql: `SELECT delete_log(${quote(person)}, ${idOf(model, session)}, ${id}, ${instant(model.now)})`,
    apply: () => model.deleteLog(session, chosen, person),
  };
}

function changeMember(model: GroupModel, step: Step, person: string): Command {
  const values = `${quote(model.owner)}, ($1)[1], ${quote(person)}`;
  const at = instant(model.now);
  if (step.command === 'joinGroup') {
    return {
      description: `${nameOf(person)} becomes a member`,
      sql: `SELECT add_member(${values}, 'member', ${at})`,
      apply: () => model.addMember(model.owner, person, 'member'),
    };
  }
  if (step.command === 'leaveGroup') {
    return {
      description: `${nameOf(person)} leaves the group`,
      sql: `SELECT remove_member(${quote(person)}, ($1)[1], ${quote(person)}, ${at})`,
      apply: () => model.removeMember(person, person),
    };
  }
  return {
    description: `${nameOf(person)} has an override of ${step.minutes}`,
    sql: `SELECT update_member(${values}, true, ${step.minutes ?? 'NULL'}, NULL, ${at})`,
    apply: () => model.setOverride(model.owner, person, step.minutes),
  };
}

function changeGroup(model: GroupModel, step: Step): Command {
  const change = `SELECT update_group(${quote(model.owner)}, ($1)[1], NULL, NULL`;
  const at = instant(model.now);
  if (step.command === 'target') {
    const minutes = step.minutes ?? 60;
    return {
      description: `the target becomes ${minutes}`,
      sql: `${change}, NULL, ${minutes}, ${at})`,
      apply: () => model.setTarget(model.owner, minutes),
    };
  }
  if (step.command === 'setEnd') {
    const end = model.now + (step.minutes ?? 1) * (step.choice % 2 === 0 ? 60_000 : 3_333_333);
    return {
      description: `the group's end becomes ${instant(end)}`,
      sql: `${change}, ${instant(end)}, NULL, ${at})`,
      apply: () => model.setEnd(model.owner, end),
    };
  }
  return {
    description: 'the group is archived',
    sql: `SELECT archive_group(${quote(model.owner)}, ($1)[1], ${at})`,
    apply: () => model.archive(model.owner),
  };
}
