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
  /** What shows to whom when it happened, where the answer does not. */
  shownBy?: { to: string; path: string }[];
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

const logsOf = (club: Club, made: Made, session: Session): { to: string; path: string } => ({
  to: session.host,
  path: `${pathOf(club, made, session)}/logs`,
});

const pathOf = (club: Club, made: Made, session: Session): string =>
  `/api/sessions/${made.sessions[club.sessions.indexOf(session)]!}`;

/** A session that has not run may have begun any time in the last days; later, mostly what came since its last verb. */
function saidAt(club: Club, session: Session, { said, which }: HttpStep): number | null {
  if (said === null) return null;
  const from = session.startedAt === null ? club.now - 13 * HOUR : session.lastVerbAt;
  const since = Math.max(1, (session.endedAt ?? club.now) - from);
  if ('share' in said) return Math.round(from + since * said.share);
  const isAnyTime = session.startedAt === null || which % 4 === 0 || said.ago <= since;
  return club.now - (isAnyTime ? said.ago : said.ago % since);
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
    shownBy: name === 'pause' || name === 'resume' ? [logsOf(club, made, session)] : [],
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
  return {
    by,
    sent: remove(`${path}/${by}`),
    model: () => club.leave(session, by),
    shownBy: [logsOf(club, made, session)],
  };
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

/** Mostly within the session: between edges of days and shares of it, until the goal is met or missed by a millisecond. */
function spanOf(club: Club, session: Session, { from, to, minutes, which }: HttpStep): [number, number] {
  const opens = session.startedAt ?? club.now - HOUR;
  const closes = session.endedAt ?? club.now;
  const between = (share: number): number => Math.round(opens + (closes - opens) * share);
  const within = (at: number): number =>
    which % 4 === 0 ? Math.min(at, club.now) : Math.min(Math.max(at, opens), closes);
  const edge = club.edgeBefore(closes);
  const start = within(from === 'edge' ? edge : between(from));
  const goal = start + (minutes ?? 60) * MINUTE;
  const wished = { edge, goal, short: goal - 1, tomorrow: closes };
  const end = within(typeof to === 'number' ? between(to) : wished[to]);
  if (to === 'tomorrow' && which % 4 === 0) return [start, club.now + DAY];
  return start <= end ? [start, end] : [end, start];
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
  const among = step.which % 4 === 0 ? club.invites : pending;
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
      return removal(club, made, by, step.which % 2 === 0 ? by : whom);
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

/** Hosted sessions end, as the group shows, and segments close, as the logs of every session do. */
function removal(club: Club, made: Made, by: string, whom: string): HttpDeedDone {
  const open = club.sessions.filter((session) => session.inGroup && isOpen(session));
  const group = `/api/groups/${made.group}`;
  return {
    by,
    sent: remove(`${group}/members/${whom}`),
    model: () => club.removeMember(by, whom),
    shownBy: [{ to: club.owner, path: group }, ...open.map((session) => logsOf(club, made, session))],
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
