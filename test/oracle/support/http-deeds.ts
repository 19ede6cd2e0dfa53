import type { Club } from '../model/club.js';
import type { Session, Verb } from '../model/sessions.js';
import { fitting, hasManual, isOpen, isStarted, pick } from './deeds.js';
import { ofGroup, ofInvite, ofMember } from './http-group-deeds.js';
import type { HttpStep } from './http-plans.js';
import { aMember, type HttpRequest, logsOf, type Made, oneOf, pathOf, post, remove, rfc3339 } from './http-request.js';
import { DAY, HOUR, MINUTE } from './plans.js';

/** A step of a plan, where it stands; undefined where there is nothing that it could be done to. */
export function httpDeedOf(club: Club, made: Made, step: HttpStep, people: string[]): HttpRequest | undefined {
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

/** A session that has not run may have begun any time in the last days; later, mostly what came since its last verb. */
function saidAt(club: Club, session: Session, { said, which }: HttpStep): number | null {
  if (said === null) return null;
  const from = session.startedAt === null ? club.now - 13 * HOUR : session.lastVerbAt;
  const since = Math.max(1, (session.endedAt ?? club.now) - from);
  if ('share' in said) return Math.round(from + since * said.share);
  const isAnyTime = session.startedAt === null || which % 4 === 0 || said.ago <= since;
  return club.now - (isAnyTime ? said.ago : said.ago % since);
}

function verb(club: Club, made: Made, name: Verb, step: HttpStep, people: string[]): HttpRequest | undefined {
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

function create(club: Club, made: Made, step: HttpStep, people: string[]): HttpRequest {
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
): HttpRequest | undefined {
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

function log(club: Club, made: Made, step: HttpStep, people: string[]): HttpRequest | undefined {
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

function unlog(club: Club, made: Made, step: HttpStep, people: string[]): HttpRequest | undefined {
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
