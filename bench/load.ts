import autocannon from 'autocannon';

/** A request as the operation describes it; `body` is sent as JSON. */
export interface Ask {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly authorization: string;
  readonly body?: object;
}

export interface Round {
  readonly answers: number;
  readonly seconds: number;
  /** Milliseconds, one an answer. */
  readonly latencies: readonly number[];
}

interface Load {
  readonly url: string;
  /** One list a connection, each asked in order and over again. */
  readonly lists: readonly (readonly Ask[])[];
  readonly seconds: number;
  /** Stop sooner, after so many requests in all. */
  readonly most: number | undefined;
}

/** Loads a server with one request at a time on every connection. Throws at any answer but 2xx. */
export async function load({ url, lists, seconds, most }: Load): Promise<Round> {
  const latencies: number[] = [];
  const refused = new Map<number, number>();
  const began = performance.now();
  let ended = began;
  let client = 0;

  const { errors, timeouts } = await new Promise<{ errors: number; timeouts: number }>((resolve, reject) => {
    const run = autocannon(
      {
        url,
        connections: lists.length,
        duration: seconds,
        sampleInt: 50,
        timeout: 20,
        maxOverallRequests: most,
        setupClient: (each) => each.setRequests((lists[client++] ?? []).map(toRequest)),
      },
      (error, result) => (error ? reject(error) : resolve(result)),
    );
    run.on('response', (_, status, _bytes, ms) => {
      latencies.push(ms);
      ended = performance.now();
      if (status < 200 || status > 299) refused.set(status, (refused.get(status) ?? 0) + 1);
    });
  });
  const complaints = [...refused].map(([status, times]) => `${times} answers were ${status}`);
  if (errors > 0) complaints.push(`${errors} requests had no answer, ${timeouts} of them in time`);
  if (latencies.length === 0) complaints.push('there was no answer at all');
  if (complaints.length > 0) throw new Error(complaints.join(', '));
  return { answers: latencies.length, seconds: (ended - began) / 1_000, latencies };
}

function toRequest({ method, path, authorization, body }: Ask) {
  const headers = { authorization, ...(body && { 'content-type': 'application/json' }) };
  return { method, path, headers, ...(body && { body: JSON.stringify(body) }) };
}

/** Asks once, so that a refusal can be shown with its reason before the load begins. */
export async function askOnce(url: string, ask: Ask): Promise<string> {
  const { method, path, headers, body } = toRequest(ask);
  const response = await fetch(url + path, { method, headers, body });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  return text;
}
