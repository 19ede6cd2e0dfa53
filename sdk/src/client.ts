import createClient, { type Client } from 'openapi-fetch';
import type { Fetch } from './attempt.js';
import { createClock, type ServerClock } from './clock.js';
import { noticingStreams } from './platform.js';
import type { paths } from './schema.js';
import type { TokenSupplier } from './tokens.js';
import { createTransport, type Transport } from './transport.js';

export interface LockInOptions {
  /** Where the API is, without `/api`. */
  baseUrl: string;
  /** The bearer token; `refresh` is true after a 401: get another one. Null: not signed in. */
  token: TokenSupplier;
  /** Another than the platform's, such as expo/fetch, which streams. */
  fetch?: Fetch;
  /** Attempts after the first; 4 unless said otherwise. */
  retries?: number;
}

export interface LockIn {
  /** Every operation of the contract: `lockin.api.POST('/api/groups/{id}:clone', { params: { path: { id } } })`. */
  readonly api: Client<paths>;
  /** What `api` sends with. */
  readonly fetch: Transport;
  /** The platform's fetch, for other servers: without token, key and retries. */
  readonly plainFetch: Fetch;
  readonly clock: ServerClock;
  /** Whether the platform hands out an answer while it comes; undefined until there has been one. */
  readonly canStream: () => boolean | undefined;
  readonly baseUrl: string;
}

const RETRIES = 4;

export function createLockIn({ baseUrl, token, retries = RETRIES, ...options }: LockInOptions): LockIn {
  // Looked up at each call, and called as a function: browsers refuse it as a method.
  const plainFetch: Fetch = options.fetch ?? ((url, init) => fetch(url, init));
  const clock = createClock();
  const { fetch: send, canStream } = noticingStreams(plainFetch);
  const transport = createTransport({ fetch: send, token, retries, clock });
  const api = createClient<paths>({ baseUrl, fetch: (request) => transport(request) });
  return { api, fetch: transport, plainFetch, clock, canStream, baseUrl: baseUrl.replace(/\/$/, '') };
}
