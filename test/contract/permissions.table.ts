import { agoSeconds, inDays } from '../support/factories.js';
import type { Users, Fixtures } from './permissions.fixtures.js';

/**
 * The permissions of specification 4, one row per operation. A word in brackets distinguishes variants of an operation,
 * such as the role of an added member. 403! is maintenance_only; any other 403 is forbidden.
 *
 * In each cell the session is running, with the host and the participant; the log is the participant's, the invite the
 * invitee's. The removed or changed member is the plain member, unless the row names another.
 */
const MATRIX = `
                            anonymous stranger invitee former member participant admin owner host maintenance
getMe                           401      200      200    200    200      200      200   200   200      200
updateMe                        401      200      200    200    200      200      200   200   200      200
deleteMe                        401      204      204    204    204      204      204   204   204      204
getFocus                        401      200      200    200    200      200      200   200   200      200
exportMe                        401      200      200    200    200      200      200   200   200      200
createAvatarUpload              401      200      200    200    200      200      200   200   200      200
lookupProfile                   401      404      404    404    404      404      404   404   404      404
createGroup                     401      201      201    201    201      201      201   201   201      201
listGroups                      401      200      200    200    200      200      200   200   200      200
getGroup                        401      404      404    404    200      200      200   200   200      404
updateGroup                     401      404      404    404    403      403      200   200   403      404
cloneGroup                      401      404      404    404    201      201      201   201   201      404
archiveGroup                    401      404      404    404    403      403      403   200   403      404
transferGroup                   401      404      404    404    403      403      403   200   403      404
listGroupMembers                401      404      404    404    200      200      200   200   200      404
addGroupMember                  401      404      404    404    403      403      201   201   403      404
addGroupMember (admin)          401      404      404    404    403      403      403   201   403      404
addGroupMember (again)          401      404      404    404    403      403      409   409   403      404  already_member
updateGroupMember (override)    401      404      404    404    403      403      200   200   403      404
updateGroupMember (role)        401      404      404    404    403      403      403   200   403      404
updateGroupMember (owner)       401      404      404    404    403      403      403   409   403      404  owner_must_transfer
removeGroupMember (member)      401      404      404    404    204      403      204   204   403      404
removeGroupMember (admin)       401      404      404    404    403      403      204   204   403      404
removeGroupMember (owner)       401      404      404    404    403      403      403   409   403      404  owner_must_transfer
inviteToGroup                   401      404      404    404    403      403      201   201   403      404
inviteToGroup (again)           401      404      404    404    403      403      200   200   403      404
listGroupInvites                401      404      404    404    403      403      200   200   403      404
rescindGroupInvite              401      404      404    404    403      403      200   200   403      404
acceptInvite                    401      404      200    404    404      404      404   404   404      404
declineInvite                   401      404      200    404    404      404      404   404   404      404
getCurrentProgress              401      404      404    404    200      200      200   200   200      404
getProgressHistory              401      404      404    404    200      200      200   200   200      404
streamProgress                  401      404      404    404    200      200      200   200   200      404
createSession                   401      404      404    404    201      201      201   201   201      404
createSession (solo)            401      201      201    201    201      201      201   201   201      201
recordSession                   401      404      404    404    201      201      201   201   201      404
recordSession (solo)            401      201      201    201    201      201      201   201   201      201
listSessions                    401      200      200    200    200      200      200   200   200      200
listSessions (of the group)     401      404      404    404    200      200      200   200   200      404
getSession                      401      404      404    404    200      200      200   200   200      404
startSession                    401      404      404    404    403      403      403   403   409      404  already_running
pauseSession                    401      404      404    404    403      403      403   403   200      404
resumeSession                   401      404      404    404    403      403      403   403   200      404
stopSession                     401      404      404    404    403      403      403   403   200      404
listSessionParticipants         401      404      404    404    200      200      200   200   200      404
joinSession                     401      404      404    404    201      200      201   201   200      404
leaveSession (oneself)          401      404      404    404    204      204      204   204   409      404  host_cannot_leave
leaveSession (the participant)  401      404      404    404    403      204      403   403   403      404
listSessionLogs                 401      404      404    404    200      200      200   200   200      404
addSessionLog                   401      404      404    404    201      201      201   201   201      404
deleteSessionLog                401      404      404    404    403      204      403   403   403      404
listNotifications               401      200      200    200    200      200      200   200   200      200
getNotification                 401      404      200    404    404      404      404   404   404      404
readNotification                401      404      200    404    404      404      404   404   404      404
readAllNotifications            401      200      200    200    200      200      200   200   200      200
archiveExpiredGroups            401     403!     403!   403!   403!     403!     403!  403!  403!      200
getLiveness                     200      200      200    200    200      200      200   200   200      200
getReadiness                    200      200      200    200    200      200      200   200   200      200
getMetrics                      200      200      200    200    200      200      200   200   200      200
getOpenapiJson                  200      200      200    200    200      200      200   200   200      200
getOpenapiYaml                  200      200      200    200    200      200      200   200   200      200
`;

export type Role = 'anonymous' | keyof Users;

const [head = '', ...lines] = MATRIX.trim().split('\n');
export const roles = head.trim().split(/ +/) as Role[];
export const rows = lines.map((line) => {
  const [, row = '', cells = ''] = /^(\w+(?: \([^)]+\))?) +(.*)$/.exec(line) ?? [];
  const words = cells.split(/ +/);
  return {
    row,
    operationId: row.split(' ')[0] ?? '',
    answers: words.slice(0, roles.length),
    conflict: words[roles.length],
  };
});

/** The ids that an operation names: in its path, its query and its body. */
export interface Asked {
  ids?: Record<string, string>;
  query?: string;
  body?: unknown;
}

export const requests = (fixtures: Fixtures, users: Users, self: string): Record<string, Asked> => {
  const group = { ids: { id: fixtures.group } };
  const session = { ids: { id: fixtures.session } };
  const invite = { ids: { id: fixtures.invite } };
  const segments = [{ started_at: agoSeconds(600), ended_at: agoSeconds(300) }];
  const of = (userId: string) => ({ ids: { id: fixtures.group, userId } });
  return {
    updateMe: { body: {} },
    createAvatarUpload: { body: { content_type: 'image/png', content_length: 1 } },
    getFocus: { query: '?timezone=UTC' },
    lookupProfile: { query: '?email=nobody@example.com' },
    createGroup: { body: { name: 'G', end_at: inDays(1), timezone: 'UTC', period: 'daily', period_target_minutes: 1 } },
    getGroup: group,
    updateGroup: { ...group, body: { name: 'Renamed' } },
    cloneGroup: group,
    archiveGroup: group,
    transferGroup: { ...group, body: { user_id: users.member.id } },
    listGroupMembers: group,
    addGroupMember: { ...group, body: { user_id: users.outsider.id } },
    'addGroupMember (admin)': { ...group, body: { user_id: users.outsider.id, role: 'admin' } },
    'addGroupMember (again)': { ...group, body: { user_id: users.member.id } },
    'updateGroupMember (override)': { ...of(users.member.id), body: { override_period_target_minutes: 5 } },
    'updateGroupMember (role)': { ...of(users.member.id), body: { role: 'admin' } },
    'updateGroupMember (owner)': { ...of(users.owner.id), body: { role: 'member' } },
    'removeGroupMember (member)': of(users.member.id),
    'removeGroupMember (admin)': of(users.admin.id),
    'removeGroupMember (owner)': of(users.owner.id),
    inviteToGroup: { ...group, body: { recipient_id: users.outsider.id } },
    'inviteToGroup (again)': { ...group, body: { recipient_id: users.invitee.id } },
    listGroupInvites: group,
    rescindGroupInvite: { ids: { id: fixtures.group, inviteId: fixtures.invite } },
    acceptInvite: invite,
    declineInvite: invite,
    getCurrentProgress: group,
    getProgressHistory: group,
    streamProgress: group,
    createSession: { body: { group_id: fixtures.group } },
    'createSession (solo)': { body: {} },
    recordSession: { body: { group_id: fixtures.group, segments } },
    'recordSession (solo)': { body: { segments } },
    'listSessions (of the group)': { query: `?group_id=${fixtures.group}` },
    getSession: session,
    startSession: { ids: { id: fixtures.scheduled } },
    pauseSession: session,
    resumeSession: session,
    stopSession: session,
    listSessionParticipants: session,
    joinSession: session,
    'leaveSession (oneself)': { ids: { id: fixtures.session, userId: self } },
    'leaveSession (the participant)': { ids: { id: fixtures.session, userId: users.participant.id } },
    listSessionLogs: session,
    addSessionLog: { ...session, body: { started_at: agoSeconds(600), ended_at: agoSeconds(300) } },
    deleteSessionLog: { ids: { id: fixtures.session, logId: fixtures.log } },
    getNotification: invite,
    readNotification: invite,
  };
};
