import { createLockInClient } from '@lockin/sdk';
import { createLockInHooks } from '@lockin/sdk/react';
import { currentToken } from './sign-in/signed-in.js';

/** Fewer than usual: somebody waits in front of the page, and the race itself never gives up. */
const MAX_RETRIES = 2;

export const lockin = createLockInClient({ baseUrl: location.origin, token: currentToken, maxRetries: MAX_RETRIES });

export const { useQuery, useMutation, useRace, useServerNow } = createLockInHooks(lockin);
