/** What belongs to the signed-in user: the offline queue and the cached responses, both kept over a restart. */
import AsyncStorage from '@react-native-async-storage/async-storage';
import { createOfflineQueue, type GroupDetail, type OfflineQueue, type QueueResult } from '@lockin/sdk';
import { invalidate } from '@lockin/sdk/react';
import { createAsyncStoragePersister } from '@tanstack/query-async-storage-persister';
import { QueryClient } from '@tanstack/react-query';
import type { Persister } from '@tanstack/react-query-persist-client';
import { createContext, useContext } from 'react';
import { problemText } from './language/problem-text';
import { lockin, queryOptions } from './lockin';

export interface Account {
  readonly userId: string;
  readonly queue: OfflineQueue;
  readonly queryClient: QueryClient;
  readonly persister: Persister;
  /** Removes what the device has stored of the user; what the queue has not yet sent only if `forget` is true. */
  readonly close: (options: { forget: boolean }) => Promise<void>;
}

/** `onRefused` is called with a sentence for the user when the API refuses an action of the queue. */
export function openAccount(userId: string, onRefused: (message: string) => void): Account {
  const queueKey = `lockin.queue.${userId}`;
  // Cached responses are shown while the phone is offline, so they are kept, also those of screens that are closed.
  const queryClient = new QueryClient({ defaultOptions: { queries: { gcTime: Infinity } } });
  let isClosed = false;
  // The persister writes up to a second late, and would write again what close() has removed.
  const storage = {
    getItem: (key: string) => AsyncStorage.getItem(key),
    setItem: (key: string, value: string) => (isClosed ? Promise.resolve() : AsyncStorage.setItem(key, value)),
    removeItem: (key: string) => AsyncStorage.removeItem(key),
  };
  const persister = createAsyncStoragePersister({ storage, key: `lockin.cache.${userId}` });
  const queue = createOfflineQueue(lockin, {
    storage: AsyncStorage,
    storageKey: queueKey,
    onConflict: (_entry, problem) => onRefused(problemText(problem)),
    onSent: (_entry, result) => {
      showSession(queryClient, result);
      void invalidate(queryClient, 'post /api/sessions/{id}:stop');
    },
  });
  const close: Account['close'] = async ({ forget }) => {
    isClosed = true;
    queue.close();
    queryClient.clear();
    await persister.removeClient();
    if (forget) await AsyncStorage.removeItem(queueKey);
  };
  return { userId, queue, queryClient, persister, close };
}

/** Puts a session that the queue has sent into its group at once, so that the timer does not jump back until the refetch. */
function showSession(queryClient: QueryClient, result: QueueResult): void {
  if (!('group_id' in result) || result.group_id === null) return;
  const { queryKey } = queryOptions('get', '/api/groups/{id}', { params: { path: { id: result.group_id } } });
  queryClient.setQueryData<GroupDetail>(queryKey, (group) => {
    const others = group?.sessions.filter(({ id }) => id !== result.id) ?? [];
    return group && { ...group, sessions: [result, ...others] };
  });
}

const AccountContext = createContext<Account | null>(null);
export const AccountProvider = AccountContext.Provider;

export function useAccount(): Account {
  const account = useContext(AccountContext);
  if (!account) throw new Error('useAccount() is for screens of a signed-in user.');
  return account;
}
