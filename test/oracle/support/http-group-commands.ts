import type { GroupModel } from '../model/group.js';
import { isOpen } from './commands.js';
import type { HttpStep } from './http-generators.js';
import {
  pickManager,
  pickMember,
  type HttpCommand,
  logsOf,
  type CreatedIds,
  pickPerson,
  patch,
  post,
  remove,
  rfc3339,
} from './http-command.js';
import { HOUR } from './generators.js';

export function inviteCommand(
  model: GroupModel,
  ids: CreatedIds,
  name: 'accept' | 'decline' | 'rescind',
  step: HttpStep,
  people: string[],
): HttpCommand | undefined {
  const pending = model.invites.filter(({ status }) => status === 'pending');
  const among = step.choice % 4 === 0 ? model.invites : pending;
  const invite = among[Math.floor(step.choice / 4) % among.length];
  if (!invite) return undefined;
  const id = ids.invites.get(invite)!;
  if (name === 'rescind') {
    const by = pickManager(model, step, people);
    return { by, sent: post(`/api/groups/${ids.group}/invites/${id}:rescind`), apply: () => model.rescind(by, invite) };
  }
  const by = pickPerson([invite.recipient], people, step.actor, step.choice);
  const answer = name === 'accept' ? 'accepted' : 'declined';
  return { by, sent: post(`/api/invites/${id}:${name}`), apply: () => model.answerInvite(by, invite, answer) };
}

export function memberCommand(model: GroupModel, ids: CreatedIds, step: HttpStep, people: string[]): HttpCommand {
  const by =
    step.command === 'remove' && step.choice % 2 === 0
      ? pickMember(model, step, people)
      : pickManager(model, step, people);
  const nonMembers = people.filter((one) => !model.members.has(one));
  const allowed = step.command === 'add' || step.command === 'invite' ? nonMembers : [...model.members];
  const subject = pickPerson(allowed, people, step.subject, step.choice);
  const members = `/api/groups/${ids.group}/members`;
  const role = step.choice % 3 === 0 ? 'admin' : 'member';
  switch (step.command) {
    case 'add':
      return { by, sent: post(members, { user_id: subject, role }), apply: () => model.addMember(by, subject, role) };
    case 'remove':
      return removeMember(model, ids, by, step.choice % 2 === 0 ? by : subject);
    case 'role':
      return { by, sent: patch(`${members}/${subject}`, { role }), apply: () => model.setRole(by, subject, role) };
    case 'override': {
      const override = { override_period_target_minutes: step.minutes };
      return {
        by,
        sent: patch(`${members}/${subject}`, override),
        apply: () => model.setOverride(by, subject, step.minutes),
      };
    }
    case 'transfer': {
      const sent = post(`/api/groups/${ids.group}:transfer`, { user_id: subject });
      return { by, sent, apply: () => model.transfer(by, subject) };
    }
    default:
      return {
        by,
        sent: post(`/api/groups/${ids.group}:invite`, { recipient_id: subject }),
        apply: (id) => void ids.invites.set(model.invite(by, subject), id),
      };
  }
}

/** Ends hosted sessions, which the group's detail shows, and closes segments, which the logs show. */
function removeMember(model: GroupModel, ids: CreatedIds, by: string, subject: string): HttpCommand {
  const open = model.sessions.filter((session) => session.inGroup && isOpen(session));
  const group = `/api/groups/${ids.group}`;
  return {
    by,
    sent: remove(`${group}/members/${subject}`),
    apply: () => model.removeMember(by, subject),
    shownBy: [{ to: model.owner, path: group }, ...open.map((session) => logsOf(model, ids, session))],
  };
}

export function groupCommand(model: GroupModel, ids: CreatedIds, step: HttpStep, people: string[]): HttpCommand {
  const path = `/api/groups/${ids.group}`;
  const by = pickManager(model, step, people);
  if (step.command === 'target') {
    const minutes = step.minutes ?? 60;
    return { by, sent: patch(path, { period_target_minutes: minutes }), apply: () => model.setTarget(by, minutes) };
  }
  if (step.command === 'archive') return { by, sent: post(`${path}:archive`), apply: () => model.archive(by) };
  const end = model.now + (step.command === 'setEndSoon' ? 300 : (step.choice - 5) * HOUR);
  return { by, sent: patch(path, { end_at: rfc3339(end) }), apply: () => model.setEnd(by, end) };
}
