/**
 * Returns the bearer token, or null if nobody is signed in. The client calls it before each request, and with
 * `refresh: true` after a 401: then it must return a new token. Concurrent 401s share one call. What it throws is
 * thrown by the request.
 */
export type TokenProvider = (options: { refresh: boolean }) => Promise<string | null> | string | null;

export interface TokenRefresher {
  get(): Promise<string | null>;
  /** A new token in place of `rejected`. All requests that were rejected with the same token share one refresh. */
  refresh(rejected: string): Promise<string | null>;
}

export function createTokenRefresher(provider: TokenProvider): TokenRefresher {
  let latest: { rejected: string; token: Promise<string | null> } | undefined;

  return {
    get: async () => await provider({ refresh: false }),
    refresh: async (rejected) => {
      if (latest?.rejected !== rejected) latest = { rejected, token: Promise.resolve(provider({ refresh: true })) };
      const current = latest;
      try {
        return await current.token;
      } catch (error) {
        // The next 401 starts another refresh.
        if (latest === current) latest = undefined;
        throw error;
      }
    },
  };
}
