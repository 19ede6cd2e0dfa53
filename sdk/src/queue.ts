import type { LockIn } from './client.js';
import { localId, type NewSession, type QueueAnswer, type QueueEntry, type Verb } from './queue-entries.js';
import { type OfflineQueueOptions, SendingQueue } from './queue-sender.js';
import type { QueueStorage } from './queue-store.js';
import { randomKey } from './random.js';

export type { NewSession, OfflineQueueOptions, QueueAnswer, QueueEntry, QueueStorage };

/** By the device's clock. */
export type DeviceTime = Date | number;

/**
 * What a person does with sessions, sent as soon as there is a network, with the time when it was done. Every method
 * resolves as soon as the entry is stored, and rejects if the storage fails; it is sent all the same then.
 */
export interface OfflineQueue {
  /** Resolves to a local id that stands for the session from now on. */
  createSession: (session?: NewSession) => Promise<string>;
  start: (session: string, at?: DeviceTime) => Promise<void>;
  pause: (session: string, at?: DeviceTime) => Promise<void>;
  resume: (session: string, at?: DeviceTime) => Promise<void>;
  stop: (session: string, at?: DeviceTime) => Promise<void>;
  addLog: (session: string, time: { startedAt: DeviceTime; endedAt: DeviceTime }) => Promise<void>;
  /** Sends what can be sent now, such as after signing in, or when the network is back. Resolves when that is done. */
  flush: () => Promise<void>;
  /** What has not been sent, in order. Empty until the storage has been read. */
  readonly pending: readonly QueueEntry[];
  /** The server's id of a session with a local one, once it is known. */
  idOf: (session: string) => string | undefined;
  /** Sends no more; what is pending stays in the storage. */
  close: () => void;
}

export function createOfflineQueue(lockin: LockIn, options: OfflineQueueOptions = {}): OfflineQueue {
  const queue = new SendingQueue(lockin, options);
  const verb =
    (kind: Verb) =>
    (session: string, at: DeviceTime = Date.now()): Promise<void> =>
      queue.add({ key: randomKey(), kind, session, at: Number(at) });

  return {
    createSession: async (body = {}) => {
      const key = randomKey();
      await queue.add({ key, kind: 'createSession', session: localId(key), body });
      return localId(key);
    },
    start: verb('start'),
    pause: verb('pause'),
    resume: verb('resume'),
    stop: verb('stop'),
    addLog: (session, { startedAt, endedAt }) =>
      queue.add({
        key: randomKey(),
        kind: 'addLog',
        session,
        startedAt: Number(startedAt),
        endedAt: Number(endedAt),
      }),
    flush: () => queue.flush(),
    get pending() {
      return queue.pending;
    },
    idOf: (session) => queue.idOf(session),
    close: () => queue.close(),
  };
}
