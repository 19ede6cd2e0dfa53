import { randomUUID } from 'node:crypto';
import type { Group, GroupDetail, CreateGroup } from '../../src/groups/groups.dto.js';
import type { SessionDetail } from '../../src/sessions/sessions.dto.js';
import type { GroupInvite } from '../../src/inbox/inbox.dto.js';
import type { Api, Person } from './api.js';

const DAY = 86_400_000;

/** `const [ana, ben] = await people(api, 'Ana', 'Ben')`: everybody signed in for the first time. */
export function people<const Names extends readonly string[]>(
  api: Api,
  ...names: Names
): Promise<{ [Name in keyof Names]: Person }> {
  return Promise.all(names.map((name) => api.person(name))) as Promise<{ [Name in keyof Names]: Person }>;
}

/** An id that nothing has. */
export const nobody = (): string => randomUUID();

export const inDays = (days: number): string => new Date(Date.now() + days * DAY).toISOString();
export const agoSeconds = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();

/** A group that began 30 days ago and ends in 30, of 60 minutes a day in UTC unless said otherwise. */
export function aGroup(owner: Person, wishes: Partial<CreateGroup> = {}): Promise<GroupDetail> {
  return owner
    .post('/api/groups', {
      name: 'Deep work',
      start_at: inDays(-30),
      end_at: inDays(30),
      timezone: 'UTC',
      period: 'daily',
      period_target_minutes: 60,
      ...wishes,
    })
    .expect<GroupDetail>(201);
}

/** Makes somebody a member by invite and acceptance, as people do. */
export async function joins(owner: Person, group: Pick<Group, 'id'>, ...people: Person[]): Promise<void> {
  for (const person of people) {
    const invite = await owner
      .post(`/api/groups/${group.id}:invite`, { recipient_id: person.id })
      .expect<GroupInvite>(201);
    await person.post(`/api/invites/${invite.id}:accept`).expect(200);
  }
}

/** Ana's group, and Ben in it. */
export async function aClub(
  api: Api,
  wishes: Partial<CreateGroup> = {},
): Promise<{ ana: Person; ben: Person; group: GroupDetail }> {
  const [ana, ben] = await people(api, 'Ana', 'Ben');
  const group = await aGroup(ana, wishes);
  await joins(ana, group, ben);
  return { ana, ben, group };
}

/** Makes somebody an admin without asking them. */
export async function joinsAsAdmin(owner: Person, group: Pick<Group, 'id'>, person: Person): Promise<void> {
  await owner.post(`/api/groups/${group.id}/members`, { user_id: person.id, role: 'admin' }).expect(201);
}

/** A session in the state `scheduled`, hosted by `host`. */
export function aSession(host: Person, group?: Pick<Group, 'id'>): Promise<SessionDetail> {
  return host.post('/api/sessions', group ? { group_id: group.id } : {}).expect<SessionDetail>(201);
}

/** A session that has been running for some seconds. */
export async function aRunningSession(host: Person, group?: Pick<Group, 'id'>, seconds = 0): Promise<SessionDetail> {
  const { id } = await aSession(host, group);
  return host.post(`/api/sessions/${id}:start`, { at: agoSeconds(seconds) }).expect<SessionDetail>(200);
}

/**
 * Puts a group into other times than the API allows, such as one that has ended, by the clock of the database alone:
 * nothing is written but its start and its end.
 */
export async function shiftGroup(
  api: Api,
  group: Pick<Group, 'id'>,
  times: { startAt?: string; endAt: string },
): Promise<void> {
  await api.database.query('UPDATE groups SET start_at = coalesce($2, start_at), end_at = $3 WHERE id = $1', [
    group.id,
    times.startAt ?? null,
    times.endAt,
  ]);
}
