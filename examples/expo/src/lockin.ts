/** The API's client and its hooks. */
import { createLockInClient } from '@lockin/sdk';
import { createLockInHooks } from '@lockin/sdk/react';
import { fetch } from 'expo/fetch';
import { apiUrl } from './config';
import { token } from './sign-in/sign-in';

const signedOutListeners = new Set<() => void>();

export const lockin = createLockInClient({
  baseUrl: apiUrl,
  token,
  fetch, // supports streams, unlike React Native's own
  onSignedOut: () => signedOutListeners.forEach((listener) => listener()),
});

/** Calls the listener when the sign-in is over, for example because it was revoked. Returns a function that removes it. */
export function onSignedOut(listener: () => void): () => void {
  signedOutListeners.add(listener);
  return () => signedOutListeners.delete(listener);
}

export const { useQuery, useMutation, useList, useSessionVerbs, useRace, useServerNow, queryOptions } =
  createLockInHooks(lockin);
