import { useSyncExternalStore } from 'react';
import type { QueueEntry } from '../offline/queue.js';

/** The parts of an `OfflineQueue` that `usePending` needs. */
export interface ObservableQueue {
  /** Calls the listener when `pending` has changed. Returns a function that removes it. */
  subscribe: (listener: () => void) => () => void;
  /** Another array after each change. */
  readonly pending: readonly QueueEntry[];
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
