import createClient, { type Client } from 'openapi-fetch';
import { createClock, type ServerClock } from './clock.js';
import type { Fetch } from './http/fetch-with-timeout.js';
import type { TokenProvider } from './http/token-refresher.js';
import { createTransport, type Transport } from './http/transport.js';
import { detectStreaming } from './live/stream-support.js';
import type { paths } from './schema.js';

/** Options of {@link createLockInClient}. */
export interface LockInClientOptions {
  /** The origin of the API, without `/api`: `https://api.lockin.example`. */
  baseUrl: string;
  /** Returns the bearer token. */
  token: TokenProvider;
  /** Replaces the platform's `fetch`, for example by `expo/fetch`, which supports streams. */
  fetch?: Fetch;
  /** The number of retries after the first attempt of a request. Defaults to 4. */
  maxRetries?: number;
}

/** A client of the LockIN API. */
export interface LockInClient {
  /** Every operation of the contract: `lockin.api.POST('/api/groups/{id}:clone', { params: { path: { id } } })`. */
  readonly api: Client<paths>;
  /** Sends a request to the API with token, idempotency key and retries; `api` uses it. */
  readonly fetch: Transport;
  /** The platform's `fetch`, for other servers: without token, idempotency key and retries. */
  readonly plainFetch: Fetch;
  /** The server's clock. */
  readonly clock: ServerClock;
  /** Whether the platform supports streamed responses. Undefined until the first response. */
  readonly canStream: () => boolean | undefined;
  /** Without a slash at the end. */
  readonly baseUrl: string;
}

const DEFAULT_MAX_RETRIES = 4;

/**
 * Creates a client of the LockIN API. An app needs one client; it holds the estimate of the server's clock.
 *
 * Requests are retried after a network failure, a timeout of 30 seconds, and the statuses 408, 429, 502, 503 and 504.
 * A POST carries an `Idempotency-Key`, so that a retry has no second effect.
 *
 * @example
 * ```ts
 * import { createLockInClient, unwrap } from '@lockin/sdk';
 *
 * const lockin = createLockInClient({
 *   baseUrl: 'https://api.lockin.example',
 *   token: () => localStorage.getItem('token'),
 * });
 * const session = await unwrap(lockin.api.POST('/api/sessions', { body: {} }));
 * await unwrap(lockin.api.POST('/api/sessions/{id}:start', { params: { path: { id: session.id } } }));
 * ```
 */
export function createLockInClient({
  baseUrl,
  token,
  maxRetries = DEFAULT_MAX_RETRIES,
  ...options
}: LockInClientOptions): LockInClient {
  // The global is read at each call, so that it can be replaced, and called without `this`, as browsers require.
  const plainFetch: Fetch = options.fetch ?? ((url, init) => fetch(url, init));
  const clock = createClock();
  const { fetch: detectingFetch, canStream } = detectStreaming(plainFetch);
  const transport = createTransport({ fetch: detectingFetch, token, maxRetries, clock });
  const api = createClient<paths>({ baseUrl, fetch: (request) => transport(request) });
  return { api, fetch: transport, plainFetch, clock, canStream, baseUrl: baseUrl.replace(/\/$/, '') };
}
