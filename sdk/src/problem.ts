import type { components } from './schema.js';

/** RFC 9457 problem details, as every error of the API is told. */
export type Problem = components['schemas']['Problem'];

/** What to decide by. `unexpected_answer` is none of the API's: a proxy or a captive portal has answered instead. */
export type ProblemCode = components['schemas']['ProblemCode'] | 'unexpected_answer';

export type FieldError = components['schemas']['FieldError'];

/** A refusal, thrown. `message` is its `detail`: a sentence that can be shown. */
export class ProblemError extends Error {
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
  /** For support; the empty string if the API was not reached. */
  readonly request_id: string;
  /** Every fault of the input, with a 400. */
  readonly errors: FieldError[];
  /** With `already_running` only: the session that runs. */
  readonly session_id: string | undefined;
  /** In seconds, where the server said when to try again. */
  readonly retryAfter: number | undefined;

  constructor(response: Response, body: unknown) {
    const problem = isProblem(body) ? body : undefined;
    const detail = problem?.detail ?? `The server's answer (${response.status}) is none of LockIN's.`;
    super(detail);
    this.name = 'ProblemError';
    this.status = response.status;
    this.code = problem?.code ?? 'unexpected_answer';
    this.detail = detail;
    this.request_id = problem?.request_id ?? '';
    this.errors = problem?.errors ?? [];
    this.session_id = problem?.session_id;
    const seconds = Number(response.headers.get('retry-after') ?? NaN);
    this.retryAfter = Number.isNaN(seconds) ? undefined : seconds;
  }
}

export function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && 'detail' in body;
}

/** What a call of `lockin.api` answers. */
export interface Result<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The data of an answer; anything but success is thrown as a ProblemError. */
export async function unwrap<T>(result: Promise<Result<T>>): Promise<T> {
  const { data, error, response } = await result;
  if (!response.ok) throw new ProblemError(response, error);
  return data as T;
}

/** What an answer that is no success tells. */
export async function problemOf(response: Response): Promise<ProblemError> {
  const text = await response.text();
  try {
    return new ProblemError(response, JSON.parse(text));
  } catch {
    return new ProblemError(response, text);
  }
}

/** Sent again it would be refused again. What passes by itself says when, or is none of the API's answers. */
export function isFinal({ status, code, retryAfter }: ProblemError): boolean {
  const isRefusal = status >= 400 && status < 500 && status !== 408;
  return isRefusal && retryAfter === undefined && code !== 'unexpected_answer';
}
