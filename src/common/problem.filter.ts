import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Logger } from 'pino';
import { Problem, problemCodes, type ProblemCode, UNREADABLE } from './problem.js';

declare module 'fastify' {
  interface FastifyReply {
    /** Why the request was refused or failed. */
    problem?: ProblemCode;
  }
}

/** Problem codes for the HTTP errors of Nest and Fastify; other 4xx are invalid_request. */
const codeOf: Record<number, ProblemCode> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
  429: 'rate_limited',
  503: 'unavailable',
};

/** Answers every exception as application/problem+json (RFC 9457); unexpected ones are a 500 without details. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = toProblem(thrown);
    if (problem.code === 'internal_error')
      this.logger.error({ err: thrown, request_id: reply.request.id }, 'request failed');
    if (reply.sent) return;
    sendProblem(reply, problem);
  }
}

export function sendProblem(reply: FastifyReply, problem: Problem): void {
  const { retryAfter, challenge } = problem.extra;
  if (retryAfter !== undefined) void reply.header('retry-after', String(Math.ceil(retryAfter)));
  if (problem.status === 401) void reply.header('www-authenticate', challenge ? `Bearer ${challenge}` : 'Bearer');
  reply.problem = problem.code;
  const { id, url } = reply.request;
  void reply
    .code(problem.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(problemBody(problem, url, id));
}

/** `instance` is without the query, which may hold an e-mail address. */
export function problemBody({ code, status, message, extra }: Problem, url: string, requestId: string): string {
  return JSON.stringify({
    type: `urn:lockin:problem:${code}`,
    title: problemCodes[code].title,
    status,
    detail: message,
    instance: url.split('?', 1)[0],
    code,
    request_id: requestId,
    errors: extra.errors ?? (status === 400 ? [{ pointer: '', detail: message }] : undefined),
    session_id: extra.session_id,
  });
}

function toProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  const status = thrown instanceof HttpException ? thrown.getStatus() : statusOf(thrown);
  const code = codeOf[status] ?? (status >= 400 && status < 500 ? 'invalid_request' : 'internal_error');
  if (code === 'invalid_request') return UNREADABLE;
  return new Problem(code, status === 503 ? { retryAfter: 5 } : {});
}

/** The status of Fastify's own 4xx errors; anything else is a 500. */
function statusOf(thrown: unknown): number {
  const { statusCode } = (thrown ?? {}) as { statusCode?: unknown };
  return typeof statusCode === 'number' && statusCode < 500 ? statusCode : 500;
}
