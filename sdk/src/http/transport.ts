import type { AdjustableClock } from '../clock.js';
import { unlessAborted } from './abort.js';
import { type Fetch, fetchWithTimeout } from './fetch-with-timeout.js';
import { createIdempotencyKey } from './idempotency-key.js';
import { withRetries } from './retry.js';
import type { SignInEvents } from './sign-in-events.js';
import { createTokenRefresher, type TokenProvider } from './token-refresher.js';

/** Options of one request. */
export interface RequestOptions {
  /** The number of retries after the first attempt. Defaults to `maxRetries` of the client. */
  maxRetries?: number;
}

/**
 * Sends a request to the API: adds the bearer token and, to a POST, an `Idempotency-Key`, retries transient failures,
 * and refreshes the token once after a 401. Resolves to the response whatever its status. Rejects when the API cannot
 * be reached, or with an `AbortError` when the request's signal is aborted.
 */
export type Transport = (request: Request, options?: RequestOptions) => Promise<Response>;

export interface TransportOptions {
  fetch: Fetch;
  token: TokenProvider;
  maxRetries: number;
  clock: AdjustableClock;
  signIn: SignInEvents;
}

export function createTransport({ fetch, clock, signIn, ...defaults }: TransportOptions): Transport {
  const tokens = createTokenRefresher(defaults.token);

  return async (request, { maxRetries = defaults.maxRetries } = {}) => {
    const { url, method, signal } = request;
    const baseHeaders = new Headers(request.headers);
    if (method === 'POST' && !baseHeaders.has('idempotency-key'))
      baseHeaders.set('idempotency-key', createIdempotencyKey());
    const body = method === 'GET' || method === 'HEAD' ? '' : await request.text();

    const send = (token: string | null): Promise<Response> => {
      const headers = new Headers(baseHeaders);
      if (token !== null) headers.set('authorization', `Bearer ${token}`);
      const init = { method, headers, signal, ...(body !== '' && { body }) };
      return withRetries(() => fetchWithTimeout({ fetch, clock }, url, init), { maxRetries, signal, clock });
    };

    const token = await unlessAborted(signal, tokens.get());
    const response = await send(token);
    if (response.status !== 401 || token === null) return response;
    const refreshed = await unlessAborted(signal, tokens.refresh(token));
    const answer = refreshed === null ? response : await send(refreshed);
    if (answer.status === 401) await signIn.refused(answer, [token, refreshed]);
    return answer;
  };
}
