import type { LockInClient } from '../client.js';
import { createIdempotencyKey } from '../http/idempotency-key.js';
import type { CreateSession } from '../types.js';
import type { PendingPress } from './pending-race.js';
import { localId, type QueueEntry, type QueueResult, type SessionVerb } from './queue-entries.js';
import { type OfflineQueueOptions, QueueSender } from './queue-sender.js';
import type { QueueStorage } from './queue-store.js';

export type { OfflineQueueOptions, PendingPress, QueueEntry, QueueResult, QueueStorage, SessionVerb };

/** A time by the device's clock; a number is milliseconds since 1970. */
export type DeviceTime = Date | number;

/**
 * A queue of the user's actions on sessions. The methods that add an entry resolve when it is stored. If the storage
 * fails, all but `createSession` reject; the entry is sent all the same while the app runs. `at` defaults to now.
 */
export interface OfflineQueue {
  /** Resolves to a local id, which every other method accepts in place of the server's id. */
  createSession: (session?: CreateSession) => Promise<string>;
  start: (session: string, at?: DeviceTime) => Promise<void>;
  pause: (session: string, at?: DeviceTime) => Promise<void>;
  resume: (session: string, at?: DeviceTime) => Promise<void>;
  stop: (session: string, at?: DeviceTime) => Promise<void>;
  /** Adds time by hand. */
  addLog: (session: string, time: { startedAt: DeviceTime; endedAt: DeviceTime }) => Promise<void>;
  /** Sends now instead of at the next retry, for example after sign-in. Resolves when each entry was tried. */
  flush: () => Promise<void>;
  /**
   * The entries that are not yet sent, in order; the same array until they change. Empty until the storage is read.
   */
  readonly pending: readonly QueueEntry[];
  /** The presses in sessions of a group that are not yet sent, by session. `useRace` shows their time. */
  pendingIn: (groupId: string) => readonly (readonly PendingPress[])[];
  /** Calls the listener whenever `pending` changed. Returns a function that removes the listener. */
  subscribe: (listener: () => void) => () => void;
  /** The server's id of a local id. Undefined until `createSession` is sent. */
  serverIdOf: (session: string) => string | undefined;
  /** Stops sending. Pending entries stay in the storage. */
  close: () => void;
}

/**
 * Creates an offline queue: it stores the user's actions on sessions with the time of each, and sends them when there is
 * a network, in order within a session and without duplicates. A session whose end is known is sent as a whole, so that
 * no other device can be in its way. Entries that the API refuses go to `onConflict`. The time that was tracked
 * until then is recorded: show the timer as stopped. Tabs of a browser may share a storage key.
 *
 * @example
 * ```ts
 * import { createOfflineQueue } from '@lockin/sdk';
 * import { lockin } from './lockin';
 *
 * const queue = createOfflineQueue(lockin, {
 *   storage: localStorage,
 *   onConflict: (entry, problem) => console.log(`${entry.kind} failed: ${problem.message}`),
 * });
 *
 * const session = await queue.createSession();
 * await queue.start(session);
 * // When the user taps Stop, minutes later, perhaps without a network:
 * await queue.stop(session);
 * ```
 */
export function createOfflineQueue(lockin: LockInClient, options: OfflineQueueOptions = {}): OfflineQueue {
  const sender = new QueueSender(lockin, options);
  const verb =
    (kind: SessionVerb) =>
    (session: string, at: DeviceTime = Date.now()): Promise<void> =>
      sender.add({ key: createIdempotencyKey(), kind, session, at: Number(at) });

  return {
    createSession: async (body = {}) => {
      const key = createIdempotencyKey();
      // The start needs the id. It rejects if the storage still fails.
      await sender.add({ key, kind: 'createSession', session: localId(key), body }).catch(() => undefined);
      return localId(key);
    },
    start: verb('start'),
    pause: verb('pause'),
    resume: verb('resume'),
    stop: verb('stop'),
    addLog: (session, { startedAt, endedAt }) =>
      sender.add({
        key: createIdempotencyKey(),
        kind: 'addLog',
        session,
        startedAt: Number(startedAt),
        endedAt: Number(endedAt),
      }),
    flush: () => sender.flush(),
    get pending() {
      return sender.pending;
    },
    pendingIn: (groupId) => sender.pendingIn(groupId),
    subscribe: (listener) => sender.subscribe(listener),
    serverIdOf: (session) => sender.serverIdOf(session),
    close: () => sender.close(),
  };
}
