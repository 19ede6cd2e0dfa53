import type { QueryClient } from '@tanstack/react-query';
import type { paths } from '../schema.js';

/** An operation that changes something: `post /api/groups/{id}:clone`. */
export type Mutation = {
  [Path in keyof paths]: {
    [Method in 'post' | 'patch' | 'delete']: paths[Path][Method] extends object ? `${Method} ${Path}` : never;
  }['post' | 'patch' | 'delete'];
}[keyof paths];

/** The start of the paths whose responses an operation changes. */
type Stale = readonly ('/api' | '/api/me' | '/api/groups' | '/api/sessions' | '/api/notifications')[];

/** The profile lists the user's groups. */
const GROUPS: Stale = ['/api/me', '/api/groups'];
/** A group contains its sessions and the race. */
const SESSIONS: Stale = ['/api/me', '/api/groups', '/api/sessions'];
/** The profile has the number of unread notifications. */
const INBOX: Stale = ['/api/me', '/api/notifications'];
const ALL: Stale = ['/api'];

const STALE: Record<Mutation, Stale> = {
  // Names and avatars are shown everywhere.
  'patch /api/me': ALL,
  'delete /api/me': ALL,
  'post /api/profiles/avatar/upload-url': [],
  'post /api/groups': GROUPS,
  'patch /api/groups/{id}': GROUPS,
  'post /api/groups/{id}:clone': GROUPS,
  // Open sessions end, and invites are closed.
  'post /api/groups/{id}:archive': ALL,
  'post /api/groups/{id}:transfer': GROUPS,
  'post /api/groups/{id}/members': GROUPS,
  'patch /api/groups/{id}/members/{userId}': GROUPS,
  // The sessions that the member hosts end.
  'delete /api/groups/{id}/members/{userId}': SESSIONS,
  'post /api/groups/{id}:invite': ['/api/groups'],
  'post /api/groups/{id}/invites/{inviteId}:rescind': ['/api/groups'],
  'post /api/invites/{id}:accept': ALL,
  'post /api/invites/{id}:decline': INBOX,
  'post /api/sessions': SESSIONS,
  'post /api/sessions:record': SESSIONS,
  'post /api/sessions/{id}:start': SESSIONS,
  'post /api/sessions/{id}:pause': SESSIONS,
  'post /api/sessions/{id}:resume': SESSIONS,
  'post /api/sessions/{id}:stop': SESSIONS,
  'post /api/sessions/{id}/participants': SESSIONS,
  'delete /api/sessions/{id}/participants/{userId}': SESSIONS,
  'post /api/sessions/{id}/logs': SESSIONS,
  'delete /api/sessions/{id}/logs/{logId}': SESSIONS,
  'post /api/notifications/{id}:read': INBOX,
  'post /api/notifications:read-all': INBOX,
  'post /api/maintenance/archive-expired-groups': ALL,
};

/**
 * Marks the queries as stale whose responses an operation changes, and fetches those again that are shown. `useMutation`
 * does it by itself; call it for changes made elsewhere, such as those of the offline queue.
 *
 * @example
 * ```ts
 * import { createOfflineQueue } from '@lockin/sdk';
 * import { invalidate } from '@lockin/sdk/react';
 * import { QueryClient } from '@tanstack/react-query';
 * import { lockin } from './lockin';
 *
 * export const queryClient = new QueryClient();
 * export const queue = createOfflineQueue(lockin, {
 *   onSent: () => void invalidate(queryClient, 'post /api/sessions/{id}:stop'),
 * });
 * ```
 */
export async function invalidate(queryClient: QueryClient, mutation: Mutation): Promise<void> {
  const stale = STALE[mutation];
  await queryClient.invalidateQueries({
    predicate: ({ queryKey: [method, path] }) =>
      method === 'get' && stale.some((start) => path === start || String(path).startsWith(`${start}/`)),
  });
}
