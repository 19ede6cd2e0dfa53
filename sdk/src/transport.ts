import type { ObservingClock } from './clock.js';
import { retrying, unlessAborted } from './retries.js';
import { createTokens, type TokenSupplier } from './tokens.js';
import { randomKey } from './random.js';

/** What `fetch` is called with: strings, because not every platform's takes a Request. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

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

/** An attempt that has not been answered by then has failed: a lost network does not always say so. */
const ATTEMPT_MS = 30_000;

export function createTransport({ fetch, token, retries, clock }: TransportOptions): Transport {
  const tokens = createTokens(token);

  return async (request, options = {}) => {
    const { method, signal } = request;
    const headers = new Headers(request.headers);
    if (method === 'POST' && !headers.has('idempotency-key')) headers.set('idempotency-key', randomKey());
    const body = method === 'GET' || method === 'HEAD' ? '' : await request.text();

    const attempt = async (bearer: string | null): Promise<Response> => {
      if (bearer !== null) headers.set('authorization', `Bearer ${bearer}`);
      const limit = limited(signal);
      const init: RequestInit = { method, headers, signal: limit.signal, ...(body !== '' && { body }) };
      let open = false;
      try {
        const sent = Date.now();
        const response = await fetch(request.url, init);
        clock.observe({ sent, received: Date.now(), date: response.headers.get('date') });
        open = streams(response);
        return open ? response : await complete(response);
      } finally {
        // A stream takes as long as it takes, and ends when its reader says so.
        if (open) limit.lift();
        else limit.release();
      }
    };
    const attemptAll = (bearer: string | null): Promise<Response> =>
      retrying(() => attempt(bearer), { retries: options.retries ?? retries, signal, clock });

    const bearer = await unlessAborted(signal, tokens.current());
    const response = await attemptAll(bearer);
    if (response.status !== 401 || bearer === null) return response;
    const fresh = await unlessAborted(signal, tokens.after(bearer));
    return fresh === null ? response : await attemptAll(fresh);
  };
}

/** Reads the body as part of the attempt, so that an answer cut off half-way is sent for again. */
async function complete(response: Response): Promise<Response> {
  const text = await response.text();
  const { status, statusText, headers } = response;
  return new Response(text === '' ? null : text, { status, statusText, headers });
}

function streams(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('text/event-stream') === true;
}

/** A signal for one attempt: the caller's, and a limit of time. */
function limited(signal: AbortSignal): { signal: AbortSignal; lift: () => void; release: () => void } {
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal.reason);
  const timer = setTimeout(() => controller.abort(new Error('The server did not answer in time.')), ATTEMPT_MS);
  signal.addEventListener('abort', abort);
  const lift = (): void => clearTimeout(timer);
  return {
    signal: controller.signal,
    lift,
    release: () => {
      lift();
      signal.removeEventListener('abort', abort);
    },
  };
}
