import type { OfflineQueue, QueueEntry, Session, SessionStatus, SessionVerb } from '@lockin/sdk';

export interface MySession {
  /** The server's id, or the queue's local id. */
  readonly id: string;
  readonly status: 'running' | 'paused';
}

const STATUS_AFTER: Record<SessionVerb, SessionStatus> = {
  start: 'running',
  pause: 'paused',
  resume: 'running',
  stop: 'ended',
};

/**
 * The user's timer in a group: the sessions as the API last showed them, and on top of them what waits in the queue.
 * The timer therefore reacts at once, also without a network and after a restart.
 */
export function mySession(
  hosted: readonly Session[],
  queue: Pick<OfflineQueue, 'pending' | 'serverIdOf'>,
  groupId: string,
): MySession | undefined {
  const statuses = new Map(hosted.map(({ id, status }) => [id, status]));
  for (const entry of queue.pending) {
    const id = queue.serverIdOf(entry.session) ?? entry.session;
    if (creates(entry, groupId)) statuses.set(id, 'scheduled');
    else if (entry.kind in STATUS_AFTER && statuses.has(id))
      statuses.set(id, STATUS_AFTER[entry.kind as keyof typeof STATUS_AFTER]);
  }
  for (const [id, status] of statuses) if (status === 'running' || status === 'paused') return { id, status };
  return undefined;
}

const creates = (entry: QueueEntry, groupId: string): boolean =>
  entry.kind === 'createSession' && entry.body.group_id === groupId;
