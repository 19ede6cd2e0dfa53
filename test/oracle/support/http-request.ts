import type { Sent } from '../../support/call.js';
import type { Club, Invite } from '../model/club.js';
import type { Log, Session } from '../model/sessions.js';
import type { HttpStep } from './http-plans.js';

/** What a history has made so far, and the ids that the API gave it. */
export interface Made {
  group: string;
  sessions: string[];
  logs: Map<Log, string>;
  invites: Map<Invite, string>;
}

/** One deed as a request by the person who does it, and in the model. */
export interface HttpRequest {
  by: string;
  sent: Sent;
  /** The same in the model, which remembers the id of what it made. */
  model: (id: string) => void;
  /** What shows to whom when it happened, where the answer does not. */
  shownBy?: { to: string; path: string }[];
}

export const rfc3339 = (at: number): string => new Date(at).toISOString();

export const post = (path: string, body?: unknown): Sent => ({ method: 'POST', path, body });
export const patch = (path: string, body: unknown): Sent => ({ method: 'PATCH', path, body });
export const remove = (path: string): Sent => ({ method: 'DELETE', path });

/** Mostly one of those who can do it, now and then anybody. */
export function oneOf(able: string[], people: string[], nth: number, which: number): string {
  const among = which % 9 === 0 || able.length === 0 ? people : able;
  return among[nth % among.length]!;
}

export const aMember = (club: Club, step: HttpStep, people: string[]): string =>
  oneOf([...club.members], people, step.who, step.which);

export const aLeader = (club: Club, step: HttpStep, people: string[]): string =>
  oneOf(
    [...club.members].filter((person) => club.roleOf(person) !== 'member'),
    people,
    step.who,
    step.which,
  );

export const logsOf = (club: Club, made: Made, session: Session): { to: string; path: string } => ({
  to: session.host,
  path: `${pathOf(club, made, session)}/logs`,
});

export const pathOf = (club: Club, made: Made, session: Session): string =>
  `/api/sessions/${made.sessions[club.sessions.indexOf(session)]!}`;
