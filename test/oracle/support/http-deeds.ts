import type { Sent } from '../../support/call.js';
import type { Club, Invite } from '../model/club.js';
import type { Log, Session, Verb } from '../model/sessions.js';
import { fitting, hasManual, isOpen, isStarted, pick } from './deeds.js';
import type { HttpStep } from './http-plans.js';
import { DAY, HOUR, MINUTE } from './plans.js';

/** What a history has made so far, and the ids that the API gave it. */
export interface Made {
  group: string;
  sessions: string[];
  logs: Map<Log, string>;
  invites: Map<Invite, string>;
}

/** One deed in the model and as a request by the person who does it. */
export interface HttpDeedDone {
  by: string;
  sent: Sent;
  /** The same in the model, which remembers the id of what it made. */
  model: (id: string) => void;
  /** Sessions whose logs show when it happened, where the answer does not. */
  shownBy?: Session[];
}

export const rfc3339 = (at: number): string => new Date(at).toISOString();

const post = (path: string, body?: unknown): Sent => ({ method: 'POST', path, body });
const patch = (path: string, body: unknown): Sent => ({ method: 'PATCH', path, body });
const remove = (path: string): Sent => ({ method: 'DELETE', path });

/** A step of a plan, where it stands; undefined where there is nothing that it could be done to. */
export function httpDeedOf(club: Club, made: Made, step: HttpStep, people: string[]): HttpDeedDone | undefined {
  switch (step.deed) {
    case 'start':
    case 'pause':
    case 'resume':
    case 'stop':
      return verb(club, made, step.deed, step, people);
    case 'create':
      return create(club, made, step, people);
    case 'join':
    case 'leave':
      return comeOrGo(club, made, step.deed, step, people);
    case 'log':
      return log(club, made, step, people);
    case 'unlog':
      return unlog(club, made, step, people);
    case 'accept':
    case 'decline':
    case 'rescind':
      return ofInvite(club, made, step.deed, step, people);
    case 'add':
    case 'remove':
    case 'role':
    case 'override':
    case 'transfer':
    case 'invite':
      return ofMember(club, made, step, people);
    default:
      return ofGroup(club, made, step, people);
  }
}

/** Mostly one of those who can do it, now and then anybody. */
function oneOf(able: string[], people: string[], nth: number, which: number): string {
  const among = which % 9 === 0 || able.length === 0 ? people : able;
  return among[nth % among.length]!;
}

const aMember = (club: Club, step: HttpStep, people: string[]): string =>
  oneOf([...club.members], people, step.who, step.which);

const aLeader = (club: Club, step: HttpStep, people: string[]): string =>
  oneOf(
    [...club.members].filter((person) => club.roleOf(person) !== 'member'),
    people,
    step.who,
    step.which,
  );

const pathOf = (club: Club, made: Made, session: Session): string =>
  `/api/sessions/${made.sessions[club.sessions.indexOf(session)]!}`;

/** A session that has not run may have begun any time in the last hours; after that, a phone speaks of what came since. */
function saidAt(club: Club, session: Session, { said }: HttpStep): number | null {
  if (said === null) return null;
  if ('ago' in said) return club.now - said.ago;
  const from = Math.max(session.lastVerbAt, club.now - 7 * DAY + HOUR, session.startedAt ?? club.now - 13 * HOUR);
  return Math.round(from + ((session.endedAt ?? club.now) - from) * said.share);
}

function verb(club: Club, made: Made, name: Verb, step: HttpStep, people: string[]): HttpDeedDone | undefined {
  const session = pick(club, step.which, fitting[name]);
  if (!session) return undefined;
  const by = step.which % 11 === 0 ? people[step.who]! : session.host;
  const said = saidAt(club, session, step);
  return {
    by,
    sent: post(`${pathOf(club, made, session)}:${name}`, said === null ? undefined : { at: rfc3339(said) }),
    model: () => club.verb(name, session, by, said),
    shownBy: [session],
  };
}

function create(club: Club, made: Made, step: HttpStep, people: string[]): HttpDeedDone {
  const by = aMember(club, step, people);
  const inGroup = step.which % 5 > 0;
  const start = step.which % 7 === 0 ? club.now + (step.which - 14) * MINUTE : null;
  return {
    by,
    sent: post('/api/sessions', {
      ...(inGroup && { group_id: made.group }),
      ...(start !== null && { scheduled_start: rfc3339(start) }),
    }),
    model: (id) => {
      club.create(by, inGroup, start);
      made.sessions.push(id);
    },
  };
}

function comeOrGo(
  club: Club,
  made: Made,
  name: 'join' | 'leave',
  step: HttpStep,
  people: string[],
): HttpDeedDone | undefined {
  const session = pick(club, step.which, isOpen);
  if (!session) return undefined;
  const by = aMember(club, step, people);
  const path = `${pathOf(club, made, session)}/participants`;
  if (name === 'join') return { by, sent: post(path), model: () => club.join(session, by) };
  return { by, sent: remove(`${path}/${by}`), model: () => club.leave(session, by), shownBy: [session] };
}

function log(club: Club, made: Made, step: HttpStep, people: string[]): HttpDeedDone | undefined {
  const session = pick(club, step.which, isStarted);
  if (!session) return undefined;
  const by = aMember(club, step, people);
  const [start, end] = spanOf(club, session, step);
  return {
    by,
    sent: post(`${pathOf(club, made, session)}/logs`, { started_at: rfc3339(start), ended_at: rfc3339(end) }),
    model: (id) => {
      club.addLog(session, by, start, end);
      made.logs.set(session.logs.at(-1)!, id);
    },
  };
}

/** Somewhere in the session or out of it, to the edge of a day, or until the goal is met or missed by a millisecond. */
function spanOf(club: Club, session: Session, { from, to, minutes }: HttpStep): [number, number] {
  const opens = session.startedAt ?? club.now - HOUR;
  const closes = session.endedAt ?? club.now;
  const between = (share: number): number => Math.round(opens + (closes - opens) * share);
  const edge = club.edgeBefore(closes);
  const start = Math.min(from === 'edge' ? edge : between(from), club.now);
  const goal = start + (minutes ?? 60) * MINUTE;
  const wished = { edge, goal, short: goal - 1, tomorrow: club.now + DAY };
  const end = typeof to === 'number' ? between(to) : wished[to];
  const ends = to === 'tomorrow' ? end : Math.min(end, club.now);
  return start <= ends ? [start, ends] : [ends, start];
}

function unlog(club: Club, made: Made, step: HttpStep, people: string[]): HttpDeedDone | undefined {
  const session = pick(club, step.which, hasManual);
  const logs = session?.logs.filter(({ manual }) => manual) ?? [];
  const chosen = logs[step.which % logs.length];
  if (!session || !chosen) return undefined;
  const by = oneOf([chosen.person], people, step.who, step.which);
  return {
    by,
    sent: remove(`${pathOf(club, made, session)}/logs/${made.logs.get(chosen)!}`),
    model: () => club.deleteLog(session, chosen, by),
  };
}

function ofInvite(
  club: Club,
  made: Made,
  name: 'accept' | 'decline' | 'rescind',
  step: HttpStep,
  people: string[],
): HttpDeedDone | undefined {
  const pending = club.invites.filter(({ status }) => status === 'pending');
  const among = step.which % 4 === 0 || pending.length === 0 ? club.invites : pending;
  const invite = among[Math.floor(step.which / 4) % among.length];
  if (!invite) return undefined;
  const id = made.invites.get(invite)!;
  if (name === 'rescind') {
    const by = aLeader(club, step, people);
    return { by, sent: post(`/api/groups/${made.group}/invites/${id}:rescind`), model: () => club.rescind(by, invite) };
  }
  const by = oneOf([invite.recipient], people, step.who, step.which);
  const answer = name === 'accept' ? 'accepted' : 'declined';
  return { by, sent: post(`/api/invites/${id}:${name}`), model: () => club.answerInvite(by, invite, answer) };
}

function ofMember(club: Club, made: Made, step: HttpStep, people: string[]): HttpDeedDone {
  const by = step.deed === 'remove' && step.which % 2 === 0 ? aMember(club, step, people) : aLeader(club, step, people);
  const strangers = people.filter((one) => !club.members.has(one));
  const able = step.deed === 'add' || step.deed === 'invite' ? strangers : [...club.members];
  const whom = oneOf(able, people, step.whom, step.which);
  const members = `/api/groups/${made.group}/members`;
  const role = step.which % 3 === 0 ? 'admin' : 'member';
  switch (step.deed) {
    case 'add':
      return { by, sent: post(members, { user_id: whom, role }), model: () => club.addMember(by, whom, role) };
    case 'remove':
      return removal(club, by, step.which % 2 === 0 ? by : whom, members);
    case 'role':
      return { by, sent: patch(`${members}/${whom}`, { role }), model: () => club.setRole(by, whom, role) };
    case 'override': {
      const override = { override_period_target_minutes: step.minutes };
      return { by, sent: patch(`${members}/${whom}`, override), model: () => club.setOverride(by, whom, step.minutes) };
    }
    case 'transfer': {
      const sent = post(`/api/groups/${made.group}:transfer`, { user_id: whom });
      return { by, sent, model: () => club.transfer(by, whom) };
    }
    default:
      return {
        by,
        sent: post(`/api/groups/${made.group}:invite`, { recipient_id: whom }),
        model: (id) => void made.invites.set(club.invite(by, whom), id),
      };
  }
}

/** Shown by every session that the person is in: hosted ones end, and segments close. */
function removal(club: Club, by: string, whom: string, members: string): HttpDeedDone {
  return {
    by,
    sent: remove(`${members}/${whom}`),
    model: () => club.removeMember(by, whom),
    shownBy: club.sessions.filter(({ inGroup, status }) => inGroup && status !== 'ended'),
  };
}

function ofGroup(club: Club, made: Made, step: HttpStep, people: string[]): HttpDeedDone {
  const path = `/api/groups/${made.group}`;
  const by = aLeader(club, step, people);
  if (step.deed === 'target') {
    const minutes = step.minutes ?? 60;
    return { by, sent: patch(path, { period_target_minutes: minutes }), model: () => club.setTarget(by, minutes) };
  }
  if (step.deed === 'archive') return { by, sent: post(`${path}:archive`), model: () => club.archive(by) };
  const end = club.now + (step.deed === 'endSoon' ? 300 : (step.which - 5) * HOUR);
  return { by, sent: patch(path, { end_at: rfc3339(end) }), model: () => club.setEnd(by, end) };
}
