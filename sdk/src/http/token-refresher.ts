import { withinTime } from './abort.js';
import { TIMEOUT_MS } from './fetch-with-timeout.js';

/**
 * Returns the bearer token. The client calls it before each request, and with `refresh: true` after a 401; concurrent
 * 401s share one call.
 *
 * - A token: it is used. With `refresh: true` it must be a new one.
 * - Null: nobody is signed in. With `refresh: true` it means that the sign-in is over, for example because the refresh
 *   token was revoked: the request fails with `unauthenticated`, and `onSignedOut` is called.
 * - It throws: whether somebody is signed in is not known, for example without a network. The request fails with this
 *   error, and the next 401 asks again.
 *
 * No answer within 30 seconds counts as an error.
 */
export type TokenProvider = (options: { refresh: boolean }) => Promise<string | null> | string | null;

export interface TokenRefresher {
  get(): Promise<string | null>;
  /** A token in place of `rejected`. Concurrent calls share one refresh. */
  refresh(rejected: string): Promise<string | null>;
}

export function createTokenRefresher(provider: TokenProvider): TokenRefresher {
  let refreshing: Promise<string | null> | undefined;
  /** The latest refresh that gave a new token: requests with the old one may still be under way. */
  let renewed: { rejected: string; token: string } | undefined;

  const call = async (refresh: boolean): Promise<string | null> => {
    try {
      return await provider({ refresh });
    } catch (error) {
      throw error instanceof Error ? error : new Error('The token provider failed.', { cause: error });
    }
  };
  const ask = (refresh: boolean): Promise<string | null> => withinTime(TIMEOUT_MS, 'The token provider', call(refresh));

  return {
    get: async () => {
      const token = await ask(false);
      return token !== null && token === renewed?.rejected ? renewed.token : token;
    },
    refresh: async (rejected) => {
      if (renewed?.rejected === rejected) return renewed.token;
      refreshing ??= ask(true).finally(() => (refreshing = undefined));
      const token = await refreshing;
      if (token !== null && token !== rejected) renewed = { rejected, token };
      return token;
    },
  };
}
