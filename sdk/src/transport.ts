import { attempt, type Fetch } from './attempt.js';
import type { ObservingClock } from './clock.js';
import { randomKey } from './random.js';
import { retrying, unlessAborted } from './retries.js';
import { createTokens, type TokenSupplier } from './tokens.js';

export interface SendOptions {
  /** Attempts after the first. */
  retries?: number;
}

/** Sends a request of the API with everything that each of them needs: token, key, retries, the clock. */
export type Transport = (request: Request, options?: SendOptions) => Promise<Response>;

export interface TransportOptions {
  fetch: Fetch;
  token: TokenSupplier;
  retries: number;
  clock: ObservingClock;
}

export function createTransport({ fetch, clock, ...defaults }: TransportOptions): Transport {
  const tokens = createTokens(defaults.token);

  return async (request, { retries = defaults.retries } = {}) => {
    const { url, method, signal } = request;
    const kept = new Headers(request.headers);
    if (method === 'POST' && !kept.has('idempotency-key')) kept.set('idempotency-key', randomKey());
    const body = method === 'GET' || method === 'HEAD' ? '' : await request.text();

    const send = (token: string | null): Promise<Response> => {
      const headers = new Headers(kept);
      if (token !== null) headers.set('authorization', `Bearer ${token}`);
      const init = { method, headers, signal, ...(body !== '' && { body }) };
      return retrying(() => attempt({ fetch, clock }, url, init), { retries, signal, clock });
    };

    const token = await unlessAborted(signal, tokens.current());
    const response = await send(token);
    if (response.status !== 401 || token === null) return response;
    const fresh = await unlessAborted(signal, tokens.after(token));
    return fresh === null ? response : await send(fresh);
  };
}
