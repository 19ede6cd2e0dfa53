import type { Club } from '../model/club.js';
import { isOpen } from './deeds.js';
import type { HttpStep } from './http-plans.js';
import {
  aLeader,
  aMember,
  type HttpRequest,
  logsOf,
  type Made,
  oneOf,
  patch,
  post,
  remove,
  rfc3339,
} from './http-request.js';
import { HOUR } from './plans.js';

export function ofInvite(
  club: Club,
  made: Made,
  name: 'accept' | 'decline' | 'rescind',
  step: HttpStep,
  people: string[],
): HttpRequest | undefined {
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

export function ofMember(club: Club, made: Made, step: HttpStep, people: string[]): HttpRequest {
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
function removal(club: Club, made: Made, by: string, whom: string): HttpRequest {
  const open = club.sessions.filter((session) => session.inGroup && isOpen(session));
  const group = `/api/groups/${made.group}`;
  return {
    by,
    sent: remove(`${group}/members/${whom}`),
    model: () => club.removeMember(by, whom),
    shownBy: [{ to: club.owner, path: group }, ...open.map((session) => logsOf(club, made, session))],
  };
}

export function ofGroup(club: Club, made: Made, step: HttpStep, people: string[]): HttpRequest {
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
