import type { Fetch } from '@lockin/sdk';
import type { IncomingMessage } from 'node:http';
import request, { type Response, type Test } from 'supertest';
import { checkAgainstContract } from './contract.js';

export interface Sent {
  method: string;
  path: string;
  /** Sent as JSON; strings and bytes are sent as they are. */
  body?: unknown;
  headers?: Record<string, string>;
}

export interface ProblemBody {
  status: number;
  code: string;
  detail: string;
  errors?: { pointer: string; detail: string }[];
  session_id?: string;
}

const isJson = (type = ''): boolean => /[/+]json/.test(type);
const isStream = (type = ''): boolean => type.startsWith('text/event-stream');

/** The fetch of an SDK. Checks every response against the contract, except streams, which do not end. */
export const checkedFetch: Fetch = async (url, init) => {
  const response = await fetch(url, init);
  const { status, headers } = response;
  const type = headers.get('content-type') ?? '';
  if (isStream(type)) return response;
  const text = await response.clone().text();
  const { pathname, search } = new URL(url);
  const requestBody: unknown = typeof init.body === 'string' ? JSON.parse(init.body) : undefined;
  const recorded = { method: init.method, path: pathname + search, status, headers, requestBody };
  checkAgainstContract({ ...recorded, body: isJson(type) ? JSON.parse(text) : text });
  return response;
};

/** Sends a request at once, and checks the response against the contract. `body` is undefined unless it is JSON. */
export function send(url: string, { method, path, body, headers = {} }: Sent): Test {
  const raw = typeof body === 'string' || body instanceof Uint8Array;
  const test = request(url)[method.toLowerCase() as 'get'](path).redirects(0).buffer(true).parse(readBody);
  if (body !== undefined) test.set('content-type', 'application/json').send(raw ? body : JSON.stringify(body));
  test.set(headers).expect((response) => {
    const recorded = { method, path, status: response.status, headers: response.headers as Record<string, string> };
    checkAgainstContract({
      ...recorded,
      body: isJson(recorded.headers['content-type']) ? (response.body as unknown) : response.text,
      ...(!raw && { requestBody: body }),
    });
  });
  // Tests may send several requests before they await one.
  queueMicrotask(() => void test.then(undefined, () => undefined));
  return test;
}

/** Reads the whole body, but only the first chunk of a stream. */
function readBody(incoming: request.Response, done: (error: Error | null, body: unknown) => void): void {
  const message = incoming as unknown as IncomingMessage & { text: string };
  const type = message.headers['content-type'];
  message.text = '';
  const finish = (): void => done(null, isJson(type) && message.text !== '' ? JSON.parse(message.text) : undefined);
  message.setEncoding('utf8');
  message.on('data', (chunk: string) => {
    message.text += chunk;
    if (!isStream(type)) return;
    finish();
    message.destroy();
  });
  message.on('end', finish);
}

/** An expectation of supertest: the response is this problem. */
export const problem =
  (status: number, code: string) =>
  (response: Response): void => {
    const found = { status: response.status, code: (response.body as ProblemBody | undefined)?.code };
    if (found.status !== status || found.code !== code)
      throw new Error(`expected ${status} ${code}, got ${found.status} ${found.code}: ${response.text}`);
  };

/** The JSON body of a response, typed as the test knows it to be; its schema has been checked already. */
export const bodyOf = async <Body>(response: PromiseLike<Response>): Promise<Body> => (await response).body as Body;
