import type { Fetch } from '@lockin/sdk';
import { checkAgainstContract } from './contract.js';

export interface Sent {
  method: string;
  path: string;
  /** Sent as JSON; a string or bytes go out as they are. */
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed JSON, or undefined where there is no body. */
  body: unknown;
}

export interface ProblemBody {
  status: number;
  code: string;
  detail: string;
  errors?: { pointer: string; detail: string }[];
  session_id?: string;
}

/** The fetch of an SDK whose answers are held against the contract, all but a stream, which does not end. */
export const checkedFetch: Fetch = async (url, init) => {
  const response = await fetch(url, init);
  if (response.headers.get('content-type')?.startsWith('text/event-stream')) return response;
  const { status, headers } = response;
  const text = await response.clone().text();
  const { pathname, search } = new URL(url);
  const requestBody: unknown = typeof init.body === 'string' ? JSON.parse(init.body) : undefined;
  const exchange = { method: init.method, path: pathname + search, status, headers, requestBody };
  checkAgainstContract({ ...exchange, body: isJson(headers) ? JSON.parse(text) : text });
  return response;
};

const isJson = (headers: Headers): boolean => /[/+]json/.test(headers.get('content-type') ?? '');

/** Sends a request and holds the answer against the contract, whatever it is. */
export async function send(url: string, { method, path, body, headers = {} }: Sent): Promise<Answer> {
  const raw = typeof body === 'string' || body instanceof Uint8Array;
  const response = await fetch(url + path, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: raw ? (body as BodyInit) : JSON.stringify(body) }),
  });
  const text = await textOf(response);
  const json = isJson(response.headers);
  const answer = {
    status: response.status,
    headers: response.headers,
    text,
    body: json ? JSON.parse(text) : undefined,
  };
  const exchange = { method, path, status: answer.status, headers: answer.headers, body: json ? answer.body : text };
  checkAgainstContract({ ...exchange, ...(!raw && { requestBody: body }) });
  return answer;
}

/** Of a stream, which does not end, what comes first. */
async function textOf(response: Response): Promise<string> {
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return response.text();
  for await (const chunk of response.body!) return new TextDecoder().decode(chunk);
  return '';
}

/** A request under way, and what a test expects of its answer. */
export class Call {
  constructor(readonly answer: Promise<Answer>) {}

  /** The body, typed as the test knows it to be; the contract has been checked already. */
  async expect<Body = unknown>(status: number): Promise<Body> {
    const answer = await this.answer;
    if (answer.status !== status) throw new Error(`expected ${status}, got ${answer.status}: ${answer.text}`);
    return answer.body as Body;
  }

  async problem(status: number, code: string): Promise<ProblemBody> {
    const body = await this.expect<ProblemBody>(status);
    if (body.code !== code) throw new Error(`expected ${code}, got ${body.code}`);
    return body;
  }
}
