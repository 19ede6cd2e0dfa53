import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createApp } from '../../src/app.setup.js';
import { readEnvironment } from '../../src/config/environment.js';
import { type Api, QUIET, startApi } from '../support/api.js';
import type { Answer, ProblemBody } from '../support/call.js';
import { operations } from '../support/contract.js';
import { agoSeconds, inDays } from '../support/factories.js';
import { type Cast, castOf, type World, worldOf } from './permissions.world.js';

/**
 * Who may do what (SPEC 4), one row an operation. A word in brackets tells variants of an operation apart: with which
 * role somebody is added, who is removed. 403! is maintenance_only; any other 403 is forbidden.
 *
 * In the world of a cell, the session runs, is hosted by the host and joined by the participant; the log is the
 * participant's; the invite is the invitee's. What is removed or changed is the plain member, unless the row says otherwise.
 */
const MATRIX = `
                            anonymous stranger invitee former member participant admin owner host maintenance
getMe                           401      200      200    200    200      200      200   200   200      200
updateMe                        401      200      200    200    200      200      200   200   200      200
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
createSession                   401      404      404    404    201      201      201   201   201      404
createSession (solo)            401      201      201    201    201      201      201   201   201      201
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

type Role = 'anonymous' | keyof Cast;

const [head = '', ...lines] = MATRIX.trim().split('\n');
const roles = head.trim().split(/ +/) as Role[];
const rows = lines.map((line) => {
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
interface Asked {
  ids?: Record<string, string>;
  query?: string;
  body?: unknown;
}

const requests = (world: World, cast: Cast, self: string): Record<string, Asked> => {
  const group = { ids: { id: world.group } };
  const session = { ids: { id: world.session } };
  const invite = { ids: { id: world.invite } };
  const of = (userId: string) => ({ ids: { id: world.group, userId } });
  return {
    updateMe: { body: {} },
    createAvatarUpload: { body: { content_type: 'image/png', content_length: 1 } },
    lookupProfile: { query: '?email=nobody@example.com' },
    createGroup: { body: { name: 'G', end_at: inDays(1), timezone: 'UTC', period: 'daily', period_target_minutes: 1 } },
    getGroup: group,
    updateGroup: { ...group, body: { name: 'Renamed' } },
    cloneGroup: group,
    archiveGroup: group,
    transferGroup: { ...group, body: { user_id: cast.member.id } },
    listGroupMembers: group,
    addGroupMember: { ...group, body: { user_id: cast.outsider.id } },
    'addGroupMember (admin)': { ...group, body: { user_id: cast.outsider.id, role: 'admin' } },
    'addGroupMember (again)': { ...group, body: { user_id: cast.member.id } },
    'updateGroupMember (override)': { ...of(cast.member.id), body: { override_period_target_minutes: 5 } },
    'updateGroupMember (role)': { ...of(cast.member.id), body: { role: 'admin' } },
    'updateGroupMember (owner)': { ...of(cast.owner.id), body: { role: 'member' } },
    'removeGroupMember (member)': of(cast.member.id),
    'removeGroupMember (admin)': of(cast.admin.id),
    'removeGroupMember (owner)': of(cast.owner.id),
    inviteToGroup: { ...group, body: { recipient_id: cast.outsider.id } },
    'inviteToGroup (again)': { ...group, body: { recipient_id: cast.invitee.id } },
    listGroupInvites: group,
    rescindGroupInvite: { ids: { id: world.group, inviteId: world.invite } },
    acceptInvite: invite,
    declineInvite: invite,
    getCurrentProgress: group,
    createSession: { body: { group_id: world.group } },
    'createSession (solo)': { body: {} },
    'listSessions (of the group)': { query: `?group_id=${world.group}` },
    getSession: session,
    startSession: { ids: { id: world.scheduled } },
    pauseSession: session,
    resumeSession: session,
    stopSession: session,
    listSessionParticipants: session,
    joinSession: session,
    'leaveSession (oneself)': { ids: { id: world.session, userId: self } },
    'leaveSession (the participant)': { ids: { id: world.session, userId: cast.participant.id } },
    listSessionLogs: session,
    addSessionLog: { ...session, body: { started_at: agoSeconds(600), ended_at: agoSeconds(300) } },
    deleteSessionLog: { ids: { id: world.session, logId: world.log } },
    getNotification: invite,
    readNotification: invite,
  };
};

let api: Api;
let cast: Cast;

beforeAll(async () => {
  api = await startApi({ METRICS_ENABLED: 'true' });
  cast = await castOf(api);
});
afterAll(() => api.stop());

function ask(role: Role, operationId: string, { ids = {}, query = '', body }: Asked): Promise<Answer> {
  const operation = operations.find((each) => each.operationId === operationId);
  if (!operation) throw new Error(`openapi.yaml has no operation ${operationId}`);
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? '') + query;
  const sent = { method: operation.method, path, body };
  return role === 'anonymous' ? api.anonymous(sent).answer : cast[role].send(sent).answer;
}

const changes = (operationId: string) =>
  operations.some((operation) => operation.operationId === operationId && operation.method !== 'GET');

/** As the matrix writes it. */
function told({ status, body }: Answer): string {
  const { code } = (body ?? {}) as Partial<ProblemBody>;
  return status < 400 ? `${status}` : `${status} ${code}`;
}

const CODES: Record<string, string> = {
  '401': '401 unauthenticated',
  '403': '403 forbidden',
  '403!': '403 maintenance_only',
  '404': '404 not_found',
};

describe('The permission matrix', () => {
  it('has every operation of openapi.yaml, with an answer for everybody', () => {
    expect([...new Set(rows.map(({ operationId }) => operationId))].sort()).toEqual(
      operations.map(({ operationId }) => operationId).sort(),
    );
    for (const { row, answers } of rows) expect([row, answers.length]).toEqual([row, roles.length]);
  });

  it.each(rows)('$row', async ({ row, operationId, answers, conflict }) => {
    const seen: Record<string, string> = {};
    let world = await worldOf(api, cast);
    for (const role of roles) {
      const self = role === 'anonymous' ? randomUUID() : cast[role].id;
      seen[role] = told(await ask(role, operationId, requests(world, cast, self)[row] ?? {}));
      if (seen[role].startsWith('2') && changes(operationId)) world = await worldOf(api, cast);
    }
    const expected = answers.map((cell) => (cell === '409' ? `409 ${conflict}` : (CODES[cell] ?? cell)));
    expect(seen).toEqual(Object.fromEntries(roles.map((role, nth) => [role, expected[nth]])));
  });
});

describe('What may not be seen', () => {
  /** The whole answer but for the ids that were asked for and those of the request itself. */
  function plain({ status, headers, text }: Answer, ...ids: string[]): string {
    const own = ['date', 'x-request-id'];
    const lines = [...headers].filter(([name]) => !own.includes(name)).map(([name, value]) => `${name}: ${value}`);
    const body = text.replace(/"request_id":"[^"]*"/, '"request_id":""');
    return ids.reduce((answer, id) => answer.replaceAll(id, '{id}'), [status, ...lines.sort(), body].join('\n'));
  }

  /** Every id that a row names, with one that exists elsewhere and is not for whoever asks. */
  const foreign = (world: World): Record<string, string> => ({
    [world.group]: world.foreign.group,
    [world.session]: world.foreign.session,
    [world.scheduled]: world.foreign.session,
    [world.log]: world.foreign.log,
    [world.invite]: world.foreign.invite,
    ...Object.fromEntries(Object.values(cast).map(({ id }) => [id, cast.other.id])),
  });

  const named = (asked: Asked): string[] => [
    ...new Set(JSON.stringify(asked).match(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/g) ?? []),
  ];
  const instead = (asked: Asked, id: string, other: string): Asked =>
    JSON.parse(JSON.stringify(asked).replaceAll(id, other)) as Asked;

  /** Whom everybody may name, since knowing the id of a person is enough to add or invite them. */
  const open = ['addGroupMember', 'inviteToGroup'];

  const withIds = rows.filter(({ operationId }) =>
    operations.some((each) => each.operationId === operationId && !each.public),
  );

  it.each(withIds)('answers byte for byte like what does not exist: $row', async ({ row, operationId }) => {
    const world = await worldOf(api, cast);
    for (const role of ['owner', 'host', 'participant', 'stranger', 'invitee'] as const) {
      const asked = requests(world, cast, cast[role].id)[row] ?? {};
      for (const id of named(asked)) {
        const inBody = JSON.stringify(asked.body ?? {}).includes(id);
        if (inBody && open.includes(operationId)) continue;
        const elsewhere = foreign(world)[id] ?? '';
        const nowhere = randomUUID();
        const there = await ask(role, operationId, instead(asked, id, elsewhere));
        const missing = await ask(role, operationId, instead(asked, id, nowhere));
        expect([role, plain(there, elsewhere)]).toEqual([role, plain(missing, nowhere)]);
        expect([role, missing.status]).toEqual([
          role,
          operationId === 'leaveSession' && missing.status === 403 ? 403 : 404,
        ]);
      }
    }
  });

  it('tells nobody of a group whether a person exists', async () => {
    const world = await worldOf(api, cast);
    for (const row of ['addGroupMember', 'inviteToGroup', 'transferGroup']) {
      const asked = requests(world, cast, '')[row] ?? {};
      const [person] = named({ body: asked.body });
      const nowhere = randomUUID();
      const known = await ask('stranger', row, asked);
      const unknown = await ask('stranger', row, instead(asked, person ?? '', nowhere));
      expect(plain(known, person ?? '')).toBe(plain(unknown, nowhere));
    }
  });
});

describe('Every route', () => {
  it('but the declared public ones answers 401 without a token', async () => {
    const routes: { method: string; url: string }[] = [];
    const environment = readEnvironment({
      ...QUIET,
      ...api.issuer.environment,
      DATABASE_URL: api.databaseUrl,
      METRICS_ENABLED: 'true',
    });
    const app = await createApp(environment, (fastify) => {
      fastify.addHook('onRoute', ({ method, url }) => {
        for (const each of [method].flat()) routes.push({ method: each, url });
      });
    });
    const open: string[] = [];
    for (const { method, url } of routes) {
      const parts = url.split('::').map((part) => part.replace(/:\w+(\(\^\[\^:\]\+\))?/g, () => randomUUID()));
      const { statusCode } = await app.inject({ method: method as 'GET', url: parts.join(':') });
      if (statusCode !== 401) open.push(`${method} ${url} ${statusCode}`);
    }
    await app.close();
    expect(routes.filter(({ method }) => method !== 'HEAD')).toHaveLength(operations.length);
    const declared = operations.filter((operation) => operation.public).map(({ path }) => path);
    expect(open.sort()).toEqual(declared.flatMap((path) => [`GET ${path} 200`, `HEAD ${path} 200`]).sort());
  });
});
