import createClient, { type Client } from 'openapi-fetch';
import { createClock, type ServerClock } from './clock.js';
import { defaultExport } from './default-export.js';
import type { ProblemError } from './errors.js';
import type { Fetch } from './http/fetch-with-timeout.js';
import { createSignInEvents } from './http/sign-in-events.js';
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
  /**
   * The sign-in is over: the API refused a token, and a refresh gave none or one that is refused too. The code of the
   * problem is `unauthenticated` or `account_deleted`. Called once for each refused token, and not when `token` throws.
   * Show the sign-in; after it, call `lockin.signedIn()`.
   */
  onSignedOut?: (problem: ProblemError) => void;
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
  /** Call it after a sign-in: races that ended with the code `unauthenticated` are watched again. */
  readonly signedIn: () => void;
  /** Calls the listener at each `signedIn()`. Returns a function that removes it. */
  readonly onSignedIn: (listener: () => void) => () => void;
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
  onSignedOut,
  ...options
}: LockInClientOptions): LockInClient {
  // The global is read at each call, so that it can be replaced, and called without `this`, as browsers require.
  const plainFetch: Fetch = options.fetch ?? ((url, init) => fetch(url, init));
  const clock = createClock();
  const { fetch: detectingFetch, canStream } = detectStreaming(plainFetch);
  const signIn = createSignInEvents(onSignedOut);
  const transport = createTransport({ fetch: detectingFetch, token, maxRetries, clock, signIn });
  const { signedIn, onSignedIn } = signIn;
  return {
    api: defaultExport(createClient)<paths>({ baseUrl, fetch: (request) => transport(request) }),
    fetch: transport,
    plainFetch,
    clock,
    signedIn,
    onSignedIn,
    canStream,
    baseUrl: baseUrl.replace(/\/$/, ''),
  };
}
