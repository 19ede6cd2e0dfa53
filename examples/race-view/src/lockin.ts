import { createLockIn } from '@lockin/sdk';
import { createLockInHooks } from '@lockin/sdk/react';
import { currentToken } from './sign-in/signed-in.js';

export const lockin = createLockIn({ baseUrl: location.origin, token: currentToken });

export const { useQuery, useMutation, useRace, useServerNow } = createLockInHooks(lockin);
