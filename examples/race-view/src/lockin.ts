import { createLockInClient } from '@lockin/sdk';
import { createLockInHooks } from '@lockin/sdk/react';
import { currentToken } from './sign-in/demo-sign-in.js';

/** Fewer than the SDK's default, so that a click shows an error sooner. The live race reconnects without this limit. */
const MAX_RETRIES = 2;

export const lockin = createLockInClient({
  baseUrl: location.origin,
  token: currentToken,
  maxRetries: MAX_RETRIES,
});

export const { queryOptions, useQuery, useMutation, useList, useRace, useServerNow } = createLockInHooks(lockin);
