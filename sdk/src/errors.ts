import type { ApiProblemCode, FieldError, Problem } from './types.js';

/**
 * The codes to decide by. `unexpected_response` is not a code of the API: the response came from a proxy or a captive
 * portal.
 */
export type ProblemCode = ApiProblemCode | 'unexpected_response';

/**
 * An error response of the API (RFC 9457). `message` is the problem's `detail`, a sentence to show to the user.
 *
 * An error of another class means that the API was not reached.
 *
 * @example
 * ```ts
 * import { ProblemError, unwrap } from '@lockin/sdk';
 * import { lockin } from './lockin';
 *
 * try {
 *   await unwrap(lockin.api.GET('/api/me'));
 * } catch (error) {
 *   if (!(error instanceof ProblemError)) throw error;
 *   if (error.code === 'rate_limited') console.log(`Try again in ${error.retryAfter ?? 60} seconds.`);
 *   else console.log(`${error.message} Request ID: ${error.request_id}`);
 * }
 * ```
 */
export class ProblemError extends Error {
  /** The HTTP status. */
  readonly status: number;
  /** Stable; decide by it. */
  readonly code: ProblemCode;
  /** The same text as `message`. */
  readonly detail: string;
  /** Identifies the request in the server's log. Empty if the response is not from the API. */
  readonly request_id: string;
  /** Each invalid field of the input, with a status of 400; otherwise empty. */
  readonly errors: FieldError[];
  /** With `already_running` only: the id of the running session. */
  readonly session_id: string | undefined;
  /** The `Retry-After` header in seconds, if the server sent one. */
  readonly retryAfter: number | undefined;

  /** Takes the response and its body: the parsed JSON, or else the text. */
  constructor(response: Response, body: unknown) {
    const problem = isProblem(body) ? body : undefined;
    const detail = problem?.detail ?? `The server sent an unexpected response (HTTP status ${response.status}).`;
    super(detail);
    this.name = 'ProblemError';
    this.status = response.status;
    this.code = problem?.code ?? 'unexpected_response';
    this.detail = detail;
    this.request_id = problem?.request_id ?? '';
    this.errors = problem?.errors ?? [];
    this.session_id = problem?.session_id;
    const seconds = Number(response.headers.get('retry-after') ?? NaN);
    this.retryAfter = Number.isNaN(seconds) ? undefined : seconds;
  }
}

/**
 * Tells whether the body of an error response is a problem of the API.
 *
 * @example
 * ```ts
 * import { isProblem } from '@lockin/sdk';
 * import { lockin } from './lockin';
 *
 * const { error } = await lockin.api.GET('/api/me');
 * if (isProblem(error)) console.log(error.code);
 * ```
 */
export function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && 'detail' in body;
}

/** The result of a call of `lockin.api`: `data` after success, `error` otherwise. */
export interface Result<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/**
 * Returns the data of a call of `lockin.api`. Throws a {@link ProblemError} if the status is not 2xx.
 *
 * @example
 * ```ts
 * import { unwrap } from '@lockin/sdk';
 * import { lockin } from './lockin';
 *
 * const { display_name } = await unwrap(lockin.api.GET('/api/me'));
 * ```
 */
export async function unwrap<T>(result: Promise<Result<T>>): Promise<T> {
  const { data, error, response } = await result;
  if (!response.ok) throw new ProblemError(response, error);
  return data as T;
}

/** Reads an error response. */
export async function readProblem(response: Response): Promise<ProblemError> {
  const text = await response.text();
  try {
    return new ProblemError(response, JSON.parse(text));
  } catch {
    return new ProblemError(response, text);
  }
}

/** Whether the same request would fail again. False with `Retry-After`, and if the response is not from the API. */
export function isPermanent({ status, code, retryAfter }: ProblemError): boolean {
  const isClientError = status >= 400 && status < 500 && status !== 408;
  return isClientError && retryAfter === undefined && code !== 'unexpected_response';
}
