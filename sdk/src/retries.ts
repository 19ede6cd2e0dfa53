import type { ServerClock } from './clock.js';

export interface RetryOptions {
  /** Attempts after the first. */
  retries: number;
  signal?: AbortSignal;
  clock: ServerClock;
}

const TRANSIENT = new Set([408, 429, 502, 503, 504]);
const FIRST_PAUSE_MS = 400;
const LONGEST_PAUSE_MS = 20_000;
/** Nobody waits longer than that for a button: what has to wait longer is answered as it is. */
const LONGEST_OBEYED_MS = 60_000;

/** Attempts something until it is answered for good, the retries are used up, or the signal says stop. */
export async function retrying(attempt: () => Promise<Response>, options: RetryOptions): Promise<Response> {
  const { retries, signal, clock } = options;
  for (let made = 0; ; made++) {
    throwIfAborted(signal);
    let pause = backoff(made);
    try {
      const response = await attempt();
      if (made >= retries || !(await isTransient(response))) return response;
      const wanted = retryAfter(response, clock);
      if (wanted > LONGEST_OBEYED_MS) return response;
      // Those who were refused together do not come back together.
      if (wanted > 0) pause = wanted + Math.random() * FIRST_PAUSE_MS;
    } catch (error) {
      throwIfAborted(signal);
      if (made >= retries) throw error;
    }
    await sleep(pause, signal);
  }
}

/** From half to the whole of a span that doubles with every attempt. */
export function backoff(made: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** made) * (0.5 + Math.random() / 2);
}

/** `idempotency_in_flight` is the one 409 that passes by itself. */
async function isTransient(response: Response): Promise<boolean> {
  if (response.status !== 409) return TRANSIENT.has(response.status);
  return (await response.clone().text()).includes('"idempotency_in_flight"');
}

/** In milliseconds, from seconds or a date by the server's clock; 0 if there is none. */
function retryAfter(response: Response, clock: ServerClock): number {
  const told = response.headers.get('retry-after');
  if (told === null) return 0;
  const seconds = /^\d+$/.test(told) ? Number(told) : (Date.parse(told) - clock.now()) / 1000;
  return Number.isNaN(seconds) ? 0 : Math.max(0, seconds * 1000);
}

/** Waits; an abort ends it at once by throwing. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const pause = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await unlessAborted(signal, pause).finally(() => clearTimeout(timer));
}

/** Waits for something that cannot be aborted itself. */
export async function unlessAborted<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  if (!signal) return await work;
  let abort = (): void => {};
  const aborted = new Promise<void>((resolve) => {
    abort = resolve;
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', abort);
  });
  try {
    return await Promise.race([work, aborted.then(() => fail(signal))]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) fail(signal);
}

/** React Native's signals cannot throw, and give no reason. */
function fail({ reason }: AbortSignal): never {
  if (reason instanceof Error) throw reason;
  const error = new Error('The request was aborted.', { cause: reason });
  error.name = 'AbortError';
  throw error;
}
