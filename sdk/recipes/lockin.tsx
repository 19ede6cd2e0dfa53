/** The client, its hooks and the query client of an app. */
import AsyncStorage from '@react-native-async-storage/async-storage';
import { createLockInClient, createOfflineQueue, type OfflineQueue } from '@lockin/sdk';
import { createLockInHooks, invalidate } from '@lockin/sdk/react';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { fetch } from 'expo/fetch';
import { type ReactNode, useEffect, useState } from 'react';
import { Pressable, Text } from 'react-native';
import { connectToDevice } from './app-state';
import { signIn, signOut, token, wasSignedIn } from './cognito';

const signedOutListeners = new Set<() => void>();

export const lockin = createLockInClient({
  baseUrl: 'https://api.lockin.example',
  token,
  fetch,
  onSignedOut: () => {
    void leave();
    for (const listener of signedOutListeners) listener();
  },
});
export const { useQuery, useMutation, useList, useSessionVerbs, useRace, useServerNow } = createLockInHooks(lockin);

export const queryClient = new QueryClient();

/** The id of the signed-in user, which is needed at the start of the app also without a network. */
const USER_KEY = 'lockin.user';

let own: { userId: string; queue: OfflineQueue } | undefined;

/** Signs the user out. What the queue has not sent stays on the device, and is not sent as the next user. */
export async function leave(): Promise<void> {
  own?.queue.close();
  own = undefined;
  await Promise.all([signOut(), AsyncStorage.removeItem(USER_KEY)]);
}

/** The offline queue of a user. Each user of the device has one, so that nothing is sent as somebody else. */
export function queueOf(userId: string): OfflineQueue {
  if (own?.userId === userId) return own.queue;
  own?.queue.close();
  const queue = createOfflineQueue(lockin, {
    storage: AsyncStorage,
    storageKey: `lockin.queue.${userId}`,
    onSent: () => void invalidate(queryClient, 'post /api/sessions/{id}:stop'),
  });
  own = { userId, queue };
  return queue;
}

/** Shows the app to a user who is signed in, and the sign-in to others. */
export function SignedIn({ children }: { children: ReactNode }) {
  const [isSignedIn, setSignedIn] = useState<boolean>();
  useEffect(() => {
    void wasSignedIn().then(setSignedIn);
    const onSignedOut = (): void => setSignedIn(false);
    signedOutListeners.add(onSignedOut);
    return () => void signedOutListeners.delete(onSignedOut);
  }, []);

  const onPress = async (): Promise<void> => {
    if (!(await signIn())) return;
    queryClient.clear(); // it may be another user
    setSignedIn(true);
    lockin.signedIn();
  };
  if (isSignedIn === undefined) return null;
  if (isSignedIn)
    return (
      <QueryClientProvider client={queryClient}>
        <Connected>{children}</Connected>
      </QueryClientProvider>
    );
  return (
    <Pressable role="button" onPress={() => void onPress()}>
      <Text>Sign in</Text>
    </Pressable>
  );
}

/** Sends what the user's queue holds whenever the device is online. */
function Connected({ children }: { children: ReactNode }) {
  const { data: me } = useQuery('get', '/api/me');
  const [storedId, setStoredId] = useState<string | null>(null);
  useEffect(() => void AsyncStorage.getItem(USER_KEY).then(setStoredId), []);
  useEffect(() => void (me && AsyncStorage.setItem(USER_KEY, me.id)), [me]);
  const userId = me?.id ?? storedId;
  useEffect(() => (userId === null ? undefined : connectToDevice(queueOf(userId))), [userId]);
  return children;
}
