import type { GroupModel } from '../model/group.js';
import type { Session, Verb } from '../model/sessions.js';
import { fitting, hasManual, isOpen, isStarted, pick } from './commands.js';
import { groupCommand, inviteCommand, memberCommand } from './http-group-commands.js';
import type { HttpStep } from './http-generators.js';
import {
  pickMember,
  type HttpCommand,
  logsOf,
  type CreatedIds,
  pickPerson,
  pathOf,
  post,
  remove,
  rfc3339,
} from './http-command.js';
import { DAY, HOUR, MINUTE, recordedSegments } from './generators.js';

/** Translates a generated step for the model's current state; undefined if there is nothing to apply it to. */
export function httpCommandFor(
  model: GroupModel,
  ids: CreatedIds,
  step: HttpStep,
  people: string[],
): HttpCommand | undefined {
  switch (step.command) {
    case 'start':
    case 'pause':
    case 'resume':
    case 'stop':
      return verb(model, ids, step.command, step, people);
    case 'create':
      return create(model, ids, step, people);
    case 'record':
      return record(model, ids, step, people);
    case 'join':
    case 'leave':
      return joinOrLeave(model, ids, step.command, step, people);
    case 'addLog':
      return addLog(model, ids, step, people);
    case 'deleteLog':
      return deleteLog(model, ids, step, people);
    case 'accept':
    case 'decline':
    case 'rescind':
      return inviteCommand(model, ids, step.command, step, people);
    case 'add':
    case 'remove':
    case 'role':
    case 'override':
    case 'transfer':
    case 'invite':
      return memberCommand(model, ids, step, people);
    default:
      return groupCommand(model, ids, step, people);
  }
}

/** Any time in the last days for a session that has not started, else usually a time since its previous verb. */
function requestedInstant(model: GroupModel, session: Session, { requestedAt, choice }: HttpStep): number | null {
  if (requestedAt === null) return null;
  const from = session.startedAt === null ? model.now - 13 * HOUR : session.lastVerbAt;
  const since = Math.max(1, (session.endedAt ?? model.now) - from);
  if ('share' in requestedAt) return Math.round(from + since * requestedAt.share);
  const isAnyTime = session.startedAt === null || choice % 4 === 0 || requestedAt.ago <= since;
  return model.now - (isAnyTime ? requestedAt.ago : requestedAt.ago % since);
}

function verb(
  model: GroupModel,
  ids: CreatedIds,
  name: Verb,
  step: HttpStep,
  people: string[],
): HttpCommand | undefined {
  const session = pick(model, step.choice, fitting[name]);
  if (!session) return undefined;
  const by = step.choice % 11 === 0 ? people[step.actor]! : session.host;
  const requestedAt = requestedInstant(model, session, step);
  return {
    by,
    sent: post(
      `${pathOf(model, ids, session)}:${name}`,
      requestedAt === null ? undefined : { at: rfc3339(requestedAt) },
    ),
    apply: () => model.verb(name, session, by, requestedAt),
    shownBy: name === 'pause' || name === 'resume' ? [logsOf(model, ids, session)] : [],
  };
}

function create(model: GroupModel, ids: CreatedIds, step: HttpStep, people: string[]): HttpCommand {
  const by = pickMember(model, step, people);
  const inGroup = step.choice % 5 > 0;
  const start = step.choice % 7 === 0 ? model.now + (step.choice - 14) * MINUTE : null;
  return {
    by,
    sent: post('/api/sessions', {
      ...(inGroup && { group_id: ids.group }),
      ...(start !== null && { scheduled_start: rfc3339(start) }),
    }),
    apply: (id) => {
      model.create(by, inGroup, start);
      ids.sessions.push(id);
    },
  };
}

function record(model: GroupModel, ids: CreatedIds, step: HttpStep, people: string[]): HttpCommand {
  const by = pickMember(model, step, people);
  const inGroup = step.choice % 5 > 0;
  // No limit of the range lies within the time that the request takes.
  const segments = recordedSegments(model.now - 5000, step);
  return {
    by,
    sent: post('/api/sessions:record', {
      ...(inGroup && { group_id: ids.group }),
      segments: segments.map(({ start, end }) => ({ started_at: rfc3339(start), ended_at: rfc3339(end) })),
    }),
    apply: (id) => {
      model.record(by, inGroup, segments);
      ids.sessions.push(id);
    },
  };
}

function joinOrLeave(
  model: GroupModel,
  ids: CreatedIds,
  name: 'join' | 'leave',
  step: HttpStep,
  people: string[],
): HttpCommand | undefined {
  const session = pick(model, step.choice, isOpen);
  if (!session) return undefined;
  const by = pickMember(model, step, people);
  const path = `${pathOf(model, ids, session)}/participants`;
  if (name === 'join') return { by, sent: post(path), apply: () => model.join(session, by) };
  return {
    by,
    sent: remove(`${path}/${by}`),
    apply: () => model.leave(session, by),
    shownBy: [logsOf(model, ids, session)],
  };
}

function addLog(model: GroupModel, ids: CreatedIds, step: HttpStep, people: string[]): HttpCommand | undefined {
  const session = pick(model, step.choice, isStarted);
  if (!session) return undefined;
  const by = pickMember(model, step, people);
  const [start, end] = logSpan(model, session, step);
  return {
    by,
    sent: post(`${pathOf(model, ids, session)}/logs`, { started_at: rfc3339(start), ended_at: rfc3339(end) }),
    apply: (id) => {
      model.addLog(session, by, start, end);
      ids.logs.set(session.logs.at(-1)!, id);
    },
  };
}

/** Usually within the session. Starts and ends at a share of it or a day boundary; may meet the target or miss it by 1 ms. */
function logSpan(model: GroupModel, session: Session, { from, to, minutes, choice }: HttpStep): [number, number] {
  const opens = session.startedAt ?? model.now - HOUR;
  const closes = session.endedAt ?? model.now;
  const between = (share: number): number => Math.round(opens + (closes - opens) * share);
  const within = (at: number): number =>
    choice % 4 === 0 ? Math.min(at, model.now) : Math.min(Math.max(at, opens), closes);
  const boundary = model.calendarPeriodStart(closes);
  const start = within(from === 'boundary' ? boundary : between(from));
  const goal = start + (minutes ?? 60) * MINUTE;
  const ends = { boundary, goal, short: goal - 1, tomorrow: closes };
  const end = within(typeof to === 'number' ? between(to) : ends[to]);
  if (to === 'tomorrow' && choice % 4 === 0) return [start, model.now + DAY];
  return start <= end ? [start, end] : [end, start];
}

function deleteLog(model: GroupModel, ids: CreatedIds, step: HttpStep, people: string[]): HttpCommand | undefined {
  const session = pick(model, step.choice, hasManual);
  const logs = session?.logs.filter(({ manual }) => manual) ?? [];
  const chosen = logs[step.choice % logs.length];
  if (!session || !chosen) return undefined;
  const by = pickPerson([chosen.person], people, step.actor, step.choice);
  return {
    by,
    sent: remove(`${pathOf(model, ids, session)}/logs/${ids.logs.get(chosen)!}`),
    apply: () => model.deleteLog(session, chosen, by),
  };
}
