import type { AdjustableClock } from '../clock.js';
import { unlessAborted, withinTime } from './abort.js';

/**
 * The options that the SDK passes to `fetch`: a subset of `RequestInit` that every platform supports. The URL is
 * always a string, because some platforms do not accept a `Request`.
 */
export interface FetchInit {
  method: string;
  headers: Headers | Record<string, string>;
  body?: string | Blob;
  signal?: AbortSignal;
}

/** A `fetch` function: that of the platform, or another one with the same behaviour, such as `expo/fetch`. */
export type Fetch = (url: string, init: FetchInit) => Promise<Response>;

/** The time limit of a request including its body, because a lost connection does not always raise an error. */
export const TIMEOUT_MS = 30_000;

/**
 * Sends one request without retries. Returns a response whose body is already read, or an open event stream.
 *
 * Throws when the network fails, the whole response does not arrive within 30 seconds, the signal is aborted, or a
 * captive portal responds with an HTML page.
 */
export async function fetchWithTimeout(
  { fetch, clock }: { fetch: Fetch; clock: AdjustableClock },
  url: string,
  { signal, ...init }: FetchInit & { signal: AbortSignal },
): Promise<Response> {
  // `AbortSignal.timeout` and `AbortSignal.any` do not exist in React Native.
  const connection = new AbortController();
  const abort = (): void => connection.abort(signal.reason);
  signal.addEventListener('abort', abort);
  const stopFollowing = (): void => signal.removeEventListener('abort', abort);

  const send = async (): Promise<Response> => {
    const sentAt = Date.now();
    const response = await fetch(url, { ...init, signal: connection.signal });
    clock.addSample({ sentAt, receivedAt: Date.now(), date: response.headers.get('date') });
    // A stream has no time limit, and must still end when the caller aborts.
    if (response.headers.get('content-type')?.startsWith('text/event-stream')) return response;
    return await readBody(response).finally(stopFollowing);
  };
  try {
    // The time limit and the abort do not depend on `fetch`, which may ignore its signal.
    return await unlessAborted(signal, withinTime(TIMEOUT_MS, url, send()));
  } catch (error) {
    abort();
    stopFollowing();
    throw error;
  }
}

/** Reads the body here, so that a response that is cut off counts as a failure and is retried. */
async function readBody(response: Response): Promise<Response> {
  const text = await response.text();
  // A captive portal responds with 200 and a page. Accepting it would lose the request.
  if (response.ok && response.headers.get('content-type')?.startsWith('text/html') === true)
    throw new Error('The response is not from the LockIN API.');
  const { status, statusText, headers } = response;
  return new Response(text === '' ? null : text, { status, statusText, headers });
}
