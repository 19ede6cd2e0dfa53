import type { ServerClock } from '../clock.js';
import { sleep, throwIfAborted } from './abort.js';

export interface RetryOptions {
  /** The number of retries after the first attempt. */
  maxRetries: number;
  signal?: AbortSignal;
  /** Converts a `Retry-After` that is a date. */
  clock: ServerClock;
}

const RETRYABLE_STATUSES = new Set([408, 429, 502, 503, 504]);
const BASE_DELAY_MS = 400;
const MAX_DELAY_MS = 20_000;
/** A user does not wait longer after a tap: a response with a longer `Retry-After` is returned as it is. */
const MAX_RETRY_AFTER_MS = 60_000;

/** Sends until the response is not retryable or the retries are used up. Rejects when the signal is aborted. */
export async function withRetries(send: () => Promise<Response>, options: RetryOptions): Promise<Response> {
  const { maxRetries, signal, clock } = options;
  for (let attempt = 0; ; attempt++) {
    throwIfAborted(signal);
    let delayMs = backoffMs(attempt);
    try {
      const response = await send();
      if (attempt >= maxRetries || !(await isRetryable(response))) return response;
      const retryAfter = retryAfterMs(response, clock);
      if (retryAfter > MAX_RETRY_AFTER_MS) return response;
      // The random part spreads clients that received the same `Retry-After`.
      if (retryAfter > 0) delayMs = retryAfter + Math.random() * BASE_DELAY_MS;
    } catch (error) {
      throwIfAborted(signal);
      if (attempt >= maxRetries) throw error;
    }
    await sleep(delayMs, signal);
  }
}

/** Exponential backoff with jitter, in milliseconds: a random part from 50 % to 100 % of the full delay. */
export function backoffMs(attempt: number): number {
  return Math.min(MAX_DELAY_MS, BASE_DELAY_MS * 2 ** attempt) * (0.5 + Math.random() / 2);
}

/** `idempotency_in_flight` is the only retryable 409: the first request with the same key is still running. */
async function isRetryable(response: Response): Promise<boolean> {
  if (response.status !== 409) return RETRYABLE_STATUSES.has(response.status);
  return (await response.clone().text()).includes('"idempotency_in_flight"');
}

/** The `Retry-After` header in milliseconds, given as seconds or as a date; 0 if it is absent or invalid. */
function retryAfterMs(response: Response, clock: ServerClock): number {
  const header = response.headers.get('retry-after');
  if (header === null) return 0;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - clock.now()) / 1000;
  return Number.isNaN(seconds) ? 0 : Math.max(0, seconds * 1000);
}
