import type { Result } from '@lockin/sdk';
import type { Api, Person } from './api.js';
import {
  createGroup,
  agoSeconds,
  createInvite,
  createRunningSession,
  createSession,
  inDays,
  addMembers,
  people,
} from './factories.js';
import { created, on, onMember, type Schema } from './sdk.js';
import { addLog, joinSession, verb } from './sessions.js';

/**
 * Ana owns a group, of which Ben may be a member. She hosts sessions of it in every state, and a solo session. Cem is no
 * member; he and Ana have invited each other.
 */
export interface Scene {
  ana: Person;
  ben: Person;
  cem: Person;
  group: Schema<'GroupDetail'>;
  invited: { id: string };
  sent: { id: string };
  running: { id: string };
  scheduled: { id: string };
  ended: { id: string };
  solo: { id: string };
  log: { id: string };
}

export async function aScene(api: Api, { alone }: { alone: boolean }): Promise<Scene> {
  const [ana, ben, cem] = await people(api, 'Ana', 'Ben', 'Cem');
  const group = await createGroup(ana);
  if (!alone) await addMembers(ana, group, ben);
  const ended = await createRunningSession(ana, group, 120);
  const log = await created(addLog(ana, ended.id, agoSeconds(100), agoSeconds(90)));
  await verb(ana, ended.id, 'stop');
  return {
    ...{ ana, ben, cem, group, ended, log },
    invited: await createInvite(cem, await createGroup(cem), ana),
    sent: await createInvite(ana, group, cem),
    running: await createRunningSession(ana, group, 60),
    scheduled: await createSession(ana, group),
    solo: await createSession(ana),
  };
}

export type Request = (scene: Scene) => Promise<Result<unknown>>;

const GROUP = { name: 'G', timezone: 'UTC', period: 'daily', period_target_minutes: 1 } as const;

/** Every write request, sent by Ana. */
export const requests: Record<string, Request> = {
  'PATCH /me': ({ ana }) => ana.api.PATCH('/api/me', { body: { display_name: 'Anna' } }),
  'DELETE /me': ({ ana }) => ana.api.DELETE('/api/me'),
  'POST /groups': ({ ana }) => ana.api.POST('/api/groups', { body: { ...GROUP, end_at: inDays(1) } }),
  'PATCH /groups/{id}': ({ ana, group }) =>
    ana.api.PATCH('/api/groups/{id}', on(group, { period_target_minutes: 5, end_at: inDays(2) })),
  ':clone': ({ ana, group }) => ana.api.POST('/api/groups/{id}:clone', on(group)),
  ':archive': ({ ana, group }) => ana.api.POST('/api/groups/{id}:archive', on(group)),
  ':transfer': ({ ana, group, ben }) => ana.api.POST('/api/groups/{id}:transfer', on(group, { user_id: ben.id })),
  'POST members': ({ ana, group, cem }) => ana.api.POST('/api/groups/{id}/members', on(group, { user_id: cem.id })),
  'PATCH members': ({ ana, group }) =>
    ana.api.PATCH('/api/groups/{id}/members/{userId}', onMember(group, ana, { override_period_target_minutes: 5 })),
  'DELETE members': ({ ana, group, ben }) => ana.api.DELETE('/api/groups/{id}/members/{userId}', onMember(group, ben)),
  ':invite': ({ ana, group, ben }) => ana.api.POST('/api/groups/{id}:invite', on(group, { recipient_id: ben.id })),
  ':rescind': ({ ana, group, sent }) =>
    ana.api.POST('/api/groups/{id}/invites/{inviteId}:rescind', on({ id: group.id, inviteId: sent.id })),
  'POST /sessions': ({ ana, group }) => ana.api.POST('/api/sessions', { body: { group_id: group.id } }),
  'POST /sessions, solo': ({ ana }) => ana.api.POST('/api/sessions', { body: {} }),
  ':start': ({ ana, scheduled }) => verb(ana, scheduled.id, 'start'),
  ':start, solo': ({ ana, solo }) => verb(ana, solo.id, 'start'),
  ':pause': ({ ana, running }) => verb(ana, running.id, 'pause'),
  ':resume': ({ ana, running }) => verb(ana, running.id, 'resume'),
  ':stop': ({ ana, running }) => verb(ana, running.id, 'stop'),
  'POST participants': ({ ana, ended }) => joinSession(ana, ended.id),
  'DELETE participants': ({ ana, ended }) =>
    ana.api.DELETE('/api/sessions/{id}/participants/{userId}', onMember(ended, ana)),
  'POST logs': ({ ana, ended }) => addLog(ana, ended.id, agoSeconds(110), agoSeconds(105)),
  'DELETE logs': ({ ana, ended, log }) =>
    ana.api.DELETE('/api/sessions/{id}/logs/{logId}', on({ id: ended.id, logId: log.id })),
  'POST notifications:read-all': ({ ana }) => ana.api.POST('/api/notifications:read-all'),
  ':accept': ({ ana, invited }) => ana.api.POST('/api/invites/{id}:accept', on(invited)),
  ':decline': ({ ana, invited }) => ana.api.POST('/api/invites/{id}:decline', on(invited)),
  'GET /profiles/lookup': ({ ana }) =>
    ana.api.GET('/api/profiles/lookup', { params: { query: { email: 'x@example.com' } } }),
};

/** The same request sent by Ben, for members of Ana's group. */
export const asBen =
  (request: Request): Request =>
  (scene) =>
    request({ ...scene, ana: scene.ben });
