import type { ObservingClock } from './clock.js';

/** What `fetch` is called with: the little that the one of every platform takes. Not all of them take a Request. */
export interface FetchInit {
  method: string;
  headers: Headers | Record<string, string>;
  body?: string | Blob;
  signal?: AbortSignal;
}

export type Fetch = (url: string, init: FetchInit) => Promise<Response>;

/** An attempt that has not been answered by then has failed: a lost network does not always say so. */
const ATTEMPT_MS = 30_000;

/** Sends something once, and has its whole answer, or an open stream. */
export async function attempt(
  send: { fetch: Fetch; clock: ObservingClock },
  url: string,
  { signal, ...init }: FetchInit & { signal: AbortSignal },
): Promise<Response> {
  const limit = limited(signal);
  let open = false;
  try {
    const sent = Date.now();
    const response = await send.fetch(url, { ...init, signal: limit.signal });
    send.clock.observe({ sent, received: Date.now(), date: response.headers.get('date') });
    open = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    return open ? response : await complete(response);
  } finally {
    // A stream takes as long as it takes, and ends when its reader says so.
    if (open) limit.lift();
    else limit.release();
  }
}

/** Reads the body as part of the attempt, so that an answer cut off half-way is sent for again. */
async function complete(response: Response): Promise<Response> {
  const text = await response.text();
  // A captive portal greets with a page and a 200; taken for the API's answer, what was sent would be lost.
  if (response.ok && response.headers.get('content-type')?.startsWith('text/html') === true)
    throw new Error('Something on the way answered instead of LockIN.');
  const { status, statusText, headers } = response;
  return new Response(text === '' ? null : text, { status, statusText, headers });
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
