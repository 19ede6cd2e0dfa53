import { withoutTrigger } from './time.js';
import { randomUUID } from 'node:crypto';
import type { Api, Person } from './api.js';
import { created, done, on, onMember, type Schema } from './sdk.js';

type GroupDetail = Schema<'GroupDetail'>;
type SessionDetail = Schema<'SessionDetail'>;
type Wishes = Partial<Schema<'CreateGroup'>>;

const DAY = 86_400_000;

/** Signs new people in: `const [ana, ben] = await people(api, 'Ana', 'Ben')`. */
export function people<const Names extends readonly string[]>(
  api: Api,
  ...names: Names
): Promise<{ [Name in keyof Names]: Person }> {
  return Promise.all(names.map((name) => api.person(name))) as Promise<{ [Name in keyof Names]: Person }>;
}

/** An id that no row has. */
export const nobody = (): string => randomUUID();

export const inDays = (days: number): string => new Date(Date.now() + days * DAY).toISOString();
export const agoSeconds = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();

/** A group from 30 days ago until 30 days from now. By default 60 minutes a day in UTC. */
export function createGroup(owner: Person, wishes: Wishes = {}): Promise<GroupDetail> {
  const body = {
    name: 'Deep work',
    start_at: inDays(-30),
    end_at: inDays(30),
    timezone: 'UTC',
    period: 'daily',
    period_target_minutes: 60,
    ...wishes,
  } as const;
  return created(owner.api.POST('/api/groups', { body }));
}

export const createInvite = (
  by: Person,
  group: { id: string },
  { id }: { id: string },
): Promise<Schema<'GroupInvite'>> => created(by.api.POST('/api/groups/{id}:invite', on(group, { recipient_id: id })));

/** Adds members by invite and acceptance. */
export async function addMembers(owner: Person, group: { id: string }, ...people: Person[]): Promise<void> {
  for (const person of people) {
    const invite = await createInvite(owner, group, person);
    await done(person.api.POST('/api/invites/{id}:accept', on(invite)));
  }
}

/** Ana owns the group, Ben is a member. */
export async function createGroupOfTwo(
  api: Api,
  wishes: Wishes = {},
): Promise<{ ana: Person; ben: Person; group: GroupDetail }> {
  const [ana, ben] = await people(api, 'Ana', 'Ben');
  const group = await createGroup(ana, wishes);
  await addMembers(ana, group, ben);
  return { ana, ben, group };
}

/** Adds an admin directly. */
export async function addAdmin(owner: Person, group: { id: string }, { id }: Person): Promise<void> {
  await created(owner.api.POST('/api/groups/{id}/members', on(group, { user_id: id, role: 'admin' })));
}

/** Sets or clears a member's override. */
export const override = (
  by: Person,
  group: { id: string },
  member: Person,
  override_period_target_minutes: number | null,
): Promise<Schema<'Member'>> => {
  const body = { override_period_target_minutes };
  return done(by.api.PATCH('/api/groups/{id}/members/{userId}', onMember(group, member, body)));
};

/** A scheduled session. */
export function createSession(host: Person, group?: { id: string }): Promise<SessionDetail> {
  return created(host.api.POST('/api/sessions', { body: group ? { group_id: group.id } : {} }));
}

/** A session that has been running for some seconds. */
export async function createRunningSession(host: Person, group?: { id: string }, seconds = 0): Promise<SessionDetail> {
  const session = await createSession(host, group);
  return done(host.api.POST('/api/sessions/{id}:start', on(session, { at: agoSeconds(seconds) })));
}

/** Changes a group's start and end to times that the API rejects, such as an end in the past. Writes nothing else. */
export async function shiftGroup(
  api: Api,
  group: { id: string },
  times: { startAt?: string; endAt: string },
): Promise<void> {
  await withoutTrigger(
    api,
    'groups_not_when_archived ON groups',
    'UPDATE groups SET start_at = coalesce($2, start_at), end_at = $3 WHERE id = $1',
    [group.id, times.startAt ?? null, times.endAt],
  );
}
