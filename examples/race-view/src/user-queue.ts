import {
  createOfflineQueue,
  type GroupDetail,
  type OfflineQueue,
  type ProblemError,
  type SessionDetail,
} from '@lockin/sdk';
import { invalidate } from '@lockin/sdk/react';
import type { QueryClient } from '@tanstack/react-query';
import { createContext, useContext, useSyncExternalStore } from 'react';
import { lockin, queryOptions } from './lockin.js';
import { pressOf } from './race/press-of.js';
import { isVerb, type Press } from './race/presses.js';

/** What became of the user's latest presses. */
export interface Outcome {
  /** The latest verb that the API accepted, and when that was known, by the server's clock. */
  sent?: Press & { groupId: string | null; knownAt: number };
  /** The latest refusal, until the next press. */
  problem?: ProblemError;
}

/** The offline queue of one user. */
export interface UserQueue {
  readonly queue: OfflineQueue;
  readonly getOutcome: () => Outcome;
  readonly setOutcome: (outcome: Outcome) => void;
  readonly subscribe: (listener: () => void) => () => void;
}

let current: { email: string; userQueue: UserQueue } | undefined;

/** Presses are kept for each user, so that they are not sent as another one. */
export function queueOf(email: string, queryClient: QueryClient): UserQueue {
  if (current?.email !== email) {
    closeQueue();
    current = { email, userQueue: openQueue(email, queryClient) };
  }
  return current.userQueue;
}

export function closeQueue(): void {
  current?.userQueue.queue.close();
  current = undefined;
}

function openQueue(email: string, queryClient: QueryClient): UserQueue {
  let outcome: Outcome = {};
  const listeners = new Set<() => void>();
  const setOutcome = (next: Outcome): void => {
    outcome = next;
    listeners.forEach((listener) => listener());
  };
  const queue = createOfflineQueue(lockin, {
    storage: localStorage,
    storageKey: `lockin.race.queue.${email}`,
    onSent: (entry, result) => {
      const session = result as SessionDetail;
      if (isVerb(entry)) {
        const knownAt = lockin.clock.now();
        setOutcome({ ...outcome, sent: { ...pressOf(entry), groupId: session.group_id, knownAt } });
      }
      showSession(queryClient, session);
    },
    onConflict: (_entry, problem) => {
      setOutcome({ ...outcome, problem });
      void invalidate(queryClient, 'post /api/sessions');
    },
  });
  const subscribe = (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return { queue, getOutcome: () => outcome, setOutcome, subscribe };
}

/** Shows the API's response at once, and fetches again what else has changed. */
function showSession(queryClient: QueryClient, session: SessionDetail): void {
  const path = { id: session.id };
  queryClient.setQueryData(queryOptions('get', '/api/sessions/{id}', { params: { path } }).queryKey, session);
  if (session.group_id !== null) {
    const group = queryOptions('get', '/api/groups/{id}', { params: { path: { id: session.group_id } } });
    queryClient.setQueryData<GroupDetail>(group.queryKey, (shown) => {
      if (!shown) return shown;
      return { ...shown, sessions: [session, ...shown.sessions.filter(({ id }) => id !== session.id)] };
    });
  }
  void invalidate(queryClient, 'post /api/sessions/{id}:stop');
}

const UserQueueContext = createContext<UserQueue | undefined>(undefined);
export const UserQueueProvider = UserQueueContext.Provider;

export function useUserQueue(): UserQueue {
  const userQueue = useContext(UserQueueContext);
  if (!userQueue) throw new Error('There is no UserQueueProvider above this component.');
  return userQueue;
}

export function useOutcome({ subscribe, getOutcome }: UserQueue): Outcome {
  return useSyncExternalStore(subscribe, getOutcome);
}
