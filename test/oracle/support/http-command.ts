import type { Sent } from '../../support/request.js';
import type { GroupModel, Invite } from '../model/group.js';
import type { Log, Session } from '../model/sessions.js';
import type { HttpStep } from './http-generators.js';

/** The ids that the API gave to what a run has created. */
export interface CreatedIds {
  group: string;
  sessions: string[];
  logs: Map<Log, string>;
  invites: Map<Invite, string>;
}

/** A command as a request and on the model. */
export interface HttpCommand {
  by: string;
  sent: Sent;
  /** Receives the id of what the request created. */
  apply: (id: string) => void;
  /** Resources whose timestamps show when the command took effect, where the response has none. */
  shownBy?: { to: string; path: string }[];
}

export const rfc3339 = (at: number): string => new Date(at).toISOString();

export const post = (path: string, body?: unknown): Sent => ({ method: 'POST', path, body });
export const patch = (path: string, body: unknown): Sent => ({ method: 'PATCH', path, body });
export const remove = (path: string): Sent => ({ method: 'DELETE', path });

/** Usually one of those who may run the command, sometimes anybody. */
export function pickPerson(allowed: string[], people: string[], nth: number, choice: number): string {
  const among = choice % 9 === 0 || allowed.length === 0 ? people : allowed;
  return among[nth % among.length]!;
}

export const pickMember = (model: GroupModel, step: HttpStep, people: string[]): string =>
  pickPerson([...model.members], people, step.actor, step.choice);

export const pickManager = (model: GroupModel, step: HttpStep, people: string[]): string =>
  pickPerson(
    [...model.members].filter((person) => model.roleOf(person) !== 'member'),
    people,
    step.actor,
    step.choice,
  );

export const logsOf = (model: GroupModel, ids: CreatedIds, session: Session): { to: string; path: string } => ({
  to: session.host,
  path: `${pathOf(model, ids, session)}/logs`,
});

export const pathOf = (model: GroupModel, ids: CreatedIds, session: Session): string =>
  `/api/sessions/${ids.sessions[model.sessions.indexOf(session)]!}`;
