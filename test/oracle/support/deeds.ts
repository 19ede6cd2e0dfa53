import type { Club } from '../model/club.js';
import type { Log, Session, Verb } from '../model/sessions.js';
import { HOUR, type Said, type Step } from './plans.js';
import { instant, quote } from './play.js';

/** One deed in the model and in SQL; undefined where there is nothing that it could be done to. */
export interface Deed {
  says: string;
  sql: string;
  makes?: boolean;
  model: () => void;
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

/** Mostly a session where the deed can be done, now and then any. */
export function pick(club: Club, which: number, fits: Fits): Session | undefined {
  const among = club.sessions.filter(fits);
  const all = which % 8 === 0 || among.length === 0 ? club.sessions : among;
  if (which % 8 !== 0 && among.length === 0) return undefined;
  return all[Math.floor(which / 8) % all.length];
}

export const idOf = (club: Club, session: Session): string => `($1)[${club.sessions.indexOf(session) + 2}]`;

export function deedOf(club: Club, step: Step, people: string[]): Deed | undefined {
  const person = somebody(club, step, people);
  switch (step.deed) {
    case 'start':
    case 'pause':
    case 'resume':
    case 'stop':
      return verb(club, step.deed, step, person);
    case 'create':
      return create(club, step, person);
    case 'join':
    case 'leave':
      return comeOrGo(club, step.deed, step, person);
    case 'log':
      return log(club, step, person);
    case 'unlog':
      return unlog(club, step);
    case 'enter':
    case 'exit':
    case 'override':
      return membership(club, step, person);
    case 'jobs':
      return {
        says: 'the jobs run',
        sql: `SELECT end_expired_sessions(${instant(club.now)}), archive_groups_expired_at(${instant(club.now)})`,
        model: () => undefined,
      };
    default:
      return ofGroup(club, step);
  }
}

/** Mostly somebody who can do it: members, but for becoming one. */
function somebody(club: Club, { deed, who, which }: Step, people: string[]): string {
  const able = people.filter((person) => club.members.has(person) === (deed !== 'enter'));
  const among = which % 9 === 0 || able.length === 0 ? people : able;
  return among[who % among.length]!;
}

function saidAt(club: Club, session: Session, said: Said): number | null {
  if (said === null) return null;
  if ('ago' in said) return club.now - said.ago;
  const from = Math.max(session.lastVerbAt, session.createdAt - HOUR);
  return Math.round(from + ((session.endedAt ?? club.now) - from) * said.share);
}

function verb(club: Club, name: Verb, step: Step, person: string): Deed | undefined {
  const session = pick(club, step.which, fitting[name]);
  if (!session) return undefined;
  const caller = step.which % 11 === 0 ? person : session.host;
  const said = saidAt(club, session, step.said);
  const told = said === null ? 'NULL' : instant(said);
  return {
    says: `${nameOf(caller)} :${name} session ${club.sessions.indexOf(session)} at ${told}`,
    sql: `SELECT ${name}_session(${quote(caller)}, ${idOf(club, session)}, ${told}, ${instant(club.now)})`,
    model: () => club.verb(name, session, caller, said),
  };
}

const nameOf = (person: string): string => `person ${person.slice(-4)}`;

function create(club: Club, step: Step, person: string): Deed {
  const inGroup = step.which % 5 > 0;
  const start = step.which % 7 === 0 ? club.now + step.which * 60_000 : null;
  const scheduled = start === null ? 'NULL' : instant(start);
  return {
    says: `${nameOf(person)} makes session ${club.sessions.length}${inGroup ? '' : ' alone'}, scheduled ${scheduled}`,
    sql: `SELECT create_session(${quote(person)}, ${inGroup ? '($1)[1]' : 'NULL'}, ${scheduled}, ${instant(club.now)})`,
    makes: true,
    model: () => club.create(person, inGroup, start),
  };
}

function comeOrGo(club: Club, name: 'join' | 'leave', step: Step, person: string): Deed | undefined {
  const session = pick(club, step.which, isOpen);
  if (!session) return undefined;
  const whom = name === 'join' ? '' : `, ${quote(person)}`;
  return {
    says: `${nameOf(person)} ${name}s session ${club.sessions.indexOf(session)}`,
    sql: `SELECT ${name}_session(${quote(person)}, ${idOf(club, session)}${whom}, ${instant(club.now)})`,
    model: () => (name === 'join' ? club.join(session, person) : club.leave(session, person)),
  };
}

function log(club: Club, step: Step, person: string): Deed | undefined {
  const session = pick(club, step.which, isStarted);
  if (!session) return undefined;
  const opens = session.startedAt ?? club.now - HOUR;
  const closes = session.endedAt ?? club.now;
  const between = (share: number): number => Math.round(opens + (closes - opens) * share);
  const edge = club.edgeBefore(closes);
  const start = step.from === 'edge' ? edge : between(step.from);
  const goal = start + (step.minutes ?? 60) * 60_000;
  const wished = { edge, goal, short: goal - 1 };
  const end = typeof step.to === 'number' ? between(step.to) : wished[step.to];
  // The database's own clock, too, is asked whether a log has been: none lies after the model's.
  const [first, last] = [start, end].map((at) => Math.min(at, club.now)).sort((a, b) => a - b) as [number, number];
  return {
    says: `${nameOf(person)} logs ${instant(first)} to ${instant(last)} in session ${club.sessions.indexOf(session)}`,
    sql: `SELECT add_log(${quote(person)}, ${idOf(club, session)}, ${instant(first)}, ${instant(last)}, ${instant(club.now)})`,
    model: () => club.addLog(session, person, first, last),
  };
}

function unlog(club: Club, step: Step): Deed | undefined {
  const session = pick(club, step.which, hasManual);
  const logs = session?.logs.filter(({ manual }) => manual) ?? [];
  const chosen: Log | undefined = logs[step.which % logs.length];
  if (!session || !chosen) return undefined;
  const { person, start, end } = chosen;
  const id = `(SELECT l.id FROM time_logs l JOIN session_participants p ON p.id = l.participant_id
    WHERE p.session_id = ${idOf(club, session)} AND l.user_id = ${quote(person)} AND l.manual
      AND l.started_at = ${instant(start)} AND l.ended_at = ${instant(end!)} LIMIT 1)`;
  return {
    says: `${nameOf(person)} takes back the log of ${instant(start)}`,
    sql: `SELECT delete_log(${quote(person)}, ${idOf(club, session)}, ${id}, ${instant(club.now)})`,
    model: () => club.deleteLog(session, chosen, person),
  };
}

function membership(club: Club, step: Step, person: string): Deed {
  const asked = `${quote(club.owner)}, ($1)[1], ${quote(person)}`;
  const at = instant(club.now);
  if (step.deed === 'enter') {
    return {
      says: `${nameOf(person)} becomes a member`,
      sql: `SELECT add_member(${asked}, 'member', ${at})`,
      model: () => club.addMember(club.owner, person, 'member'),
    };
  }
  if (step.deed === 'exit') {
    return {
      says: `${nameOf(person)} leaves the group`,
      sql: `SELECT remove_member(${quote(person)}, ($1)[1], ${quote(person)}, ${at})`,
      model: () => club.removeMember(person, person),
    };
  }
  return {
    says: `${nameOf(person)} has an override of ${step.minutes}`,
    sql: `SELECT update_member(${asked}, true, ${step.minutes ?? 'NULL'}, NULL, ${at})`,
    model: () => club.setOverride(club.owner, person, step.minutes),
  };
}

function ofGroup(club: Club, step: Step): Deed {
  const change = `SELECT update_group(${quote(club.owner)}, ($1)[1], NULL, NULL`;
  const at = instant(club.now);
  if (step.deed === 'target') {
    const minutes = step.minutes ?? 60;
    return {
      says: `the target becomes ${minutes}`,
      sql: `${change}, NULL, ${minutes}, ${at})`,
      model: () => club.setTarget(club.owner, minutes),
    };
  }
  if (step.deed === 'end') {
    const end = club.now + (step.minutes ?? 1) * (step.which % 2 === 0 ? 60_000 : 3_333_333);
    return {
      says: `the group is to end ${instant(end)}`,
      sql: `${change}, ${instant(end)}, NULL, ${at})`,
      model: () => club.setEnd(club.owner, end),
    };
  }
  return {
    says: 'the group is archived',
    sql: `SELECT archive_group(${quote(club.owner)}, ($1)[1], ${at})`,
    model: () => club.archive(club.owner),
  };
}
