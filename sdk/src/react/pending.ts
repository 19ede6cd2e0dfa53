import { useMemo, useSyncExternalStore } from 'react';
import type { RaceSnapshot } from '../live/race-store.js';
import { withPending } from '../offline/pending-race.js';
import type { OfflineQueue, QueueEntry } from '../offline/queue.js';

/** The parts of an `OfflineQueue` that `usePending` needs. */
export interface ObservableQueue {
  /** Calls the listener when `pending` has changed. Returns a function that removes it. */
  subscribe: (listener: () => void) => () => void;
  /** Another array after each change. */
  readonly pending: readonly QueueEntry[];
}

/** Whose time on this device is shown in the race before it is sent. */
export interface OwnQueue {
  queue: ObservableQueue & Pick<OfflineQueue, 'pendingIn'>;
  userId: string;
}

const NO_QUEUE: ObservableQueue = { subscribe: () => () => undefined, pending: [] };

/** The race with the time that the own queue has not yet sent. */
export function useRaceWithPending(snapshot: RaceSnapshot, groupId: string, own: OwnQueue | undefined): RaceSnapshot {
  const pending = usePending(own?.queue ?? NO_QUEUE);
  return useMemo(() => {
    if (!own || pending.length === 0 || !snapshot.race) return snapshot;
    return { ...snapshot, race: withPending(snapshot.race, own.userId, own.queue.pendingIn(groupId)) };
  }, [snapshot, groupId, own?.queue, own?.userId, pending]);
}

/**
 * Returns the entries of an offline queue that are not yet sent, and renders the component again when they change.
 *
 * @example
 * ```tsx
 * import { type ObservableQueue, usePending } from '@lockin/sdk/react';
 *
 * export function Waiting({ queue }: { queue: ObservableQueue }) {
 *   const pending = usePending(queue);
 *   return pending.length === 0 ? null : <p>{pending.length} actions wait for the network.</p>;
 * }
 * ```
 */
export function usePending(queue: ObservableQueue): readonly QueueEntry[] {
  const getSnapshot = (): readonly QueueEntry[] => queue.pending;
  return useSyncExternalStore((listener) => queue.subscribe(listener), getSnapshot, getSnapshot);
}
