import autocannon from 'autocannon';

/** A request of an operation; `body` is sent as JSON. */
export interface Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly authorization: string;
  readonly body?: object;
}

export interface Round {
  readonly answers: number;
  readonly seconds: number;
  /** In milliseconds, one per response. */
  readonly latencies: readonly number[];
}

interface Load {
  readonly url: string;
  /** One list of requests per connection, sent in order and repeated. */
  readonly lists: readonly (readonly Request[])[];
  readonly seconds: number;
  /** The maximum number of requests in total. */
  readonly maxRequests: number | undefined;
}

/** Sends requests to a server, one at a time on every connection. Throws if a response is not 2xx. */
export async function load({ url, lists, seconds, maxRequests }: Load): Promise<Round> {
  const latencies: number[] = [];
  const failed = new Map<number, number>();
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
        maxOverallRequests: maxRequests,
        setupClient: (each) => each.setRequests((lists[client++] ?? []).map(toRequest)),
      },
      (error, result) => (error ? reject(error) : resolve(result)),
    );
    run.on('response', (_, status, _bytes, ms) => {
      latencies.push(ms);
      ended = performance.now();
      if (status < 200 || status > 299) failed.set(status, (failed.get(status) ?? 0) + 1);
    });
  });
  const errorMessages = [...failed].map(([status, times]) => `${times} responses had status ${status}`);
  if (errors > 0) errorMessages.push(`${errors} requests failed, ${timeouts} of them by timeout`);
  if (latencies.length === 0) errorMessages.push('no response was received');
  if (errorMessages.length > 0) throw new Error(errorMessages.join(', '));
  return { answers: latencies.length, seconds: (ended - began) / 1_000, latencies };
}

function toRequest({ method, path, authorization, body }: Request) {
  const headers = { authorization, ...(body && { 'content-type': 'application/json' }) };
  return { method, path, headers, ...(body && { body: JSON.stringify(body) }) };
}

/** Sends one request and returns the response body. Throws with the body if the response is not 2xx. */
export async function sendRequest(url: string, request: Request): Promise<string> {
  const { method, path, headers, body } = toRequest(request);
  const response = await fetch(url + path, { method, headers, body });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} returned ${response.status}: ${text}`);
  return text;
}
