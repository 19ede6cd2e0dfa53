/** Resolves after `ms` milliseconds. Rejects at once when the signal is aborted. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const elapsed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await unlessAborted(signal, elapsed).finally(() => clearTimeout(timer));
}

/** Settles like the promise, or rejects as soon as the signal is aborted. */
export async function unlessAborted<T>(signal: AbortSignal | undefined, promise: Promise<T>): Promise<T> {
  if (!signal) return await promise;
  let abort = (): void => {};
  const aborted = new Promise<void>((resolve) => {
    abort = resolve;
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', abort);
  });
  try {
    return await Promise.race([promise, aborted.then(() => throwAbort(signal))]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Settles like the promise, or rejects after `ms` milliseconds with an error that says who did not answer. */
export async function withinTime<T>(ms: number, who: string, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${who} did not answer within ${ms / 1000} seconds.`)), ms);
  });
  return await Promise.race([promise, timeout]).finally(() => clearTimeout(timer));
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throwAbort(signal);
}

/** React Native's `AbortSignal` has neither `throwIfAborted` nor a `reason`. */
function throwAbort({ reason }: AbortSignal): never {
  if (reason instanceof Error) throw reason;
  const error = new Error('The request was aborted.', { cause: reason });
  error.name = 'AbortError';
  throw error;
}
