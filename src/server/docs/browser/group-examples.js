import { DAY, dateAt, fullHour, timeAt } from './times.js';

const ROLES = ['member', 'admin', 'owner'];

/** The group on which most operations succeed: active, the person's own, and with other members. */
function bestGroup(groups) {
  const rank = ({ status, role, members }) =>
    (status === 'active' ? 10 : 0) + 2 * ROLES.indexOf(role) + Math.min(members.length - 1, 1);
  return groups.toSorted((a, b) => rank(b) - rank(a))[0];
}

export function groupExamples({ me, groups }, examples, now) {
  const hour = fullHour(now);
  const group = bestGroup(groups);
  const members = group?.members ?? [];
  const member = members.find(({ user_id, role }) => user_id !== me.id && role !== 'owner')?.user_id;
  const outsider = groups
    .flatMap((each) => each.members.map(({ user_id }) => user_id))
    .find((id) => members.every(({ user_id }) => user_id !== id));
  const invite = groups.flatMap(({ invites }) => invites)[0];
  const id = { 'path.id': group?.id };
  return {
    createGroup: { body: { ...examples.createGroup.body, start_at: timeAt(hour), end_at: timeAt(hour + 28 * DAY) } },
    getGroup: id,
    updateGroup: { ...id, body: { ...examples.updateGroup.body, end_at: timeAt(hour + 35 * DAY) } },
    cloneGroup: id,
    archiveGroup: id,
    transferGroup: { ...id, body: { user_id: member } },
    listGroupMembers: id,
    addGroupMember: { ...id, body: { user_id: outsider, role: 'member' } },
    updateGroupMember: { ...id, 'path.userId': member },
    removeGroupMember: { ...id, 'path.userId': member },
    inviteToGroup: { ...id, body: { recipient_id: outsider } },
    listGroupInvites: id,
    rescindGroupInvite: { 'path.id': invite?.group_id, 'path.inviteId': invite?.id },
    getCurrentProgress: id,
    streamProgress: id,
    getProgressHistory: { ...id, 'query.from': dateAt(now - 29 * DAY), 'query.to': dateAt(now) },
  };
}
