import {
  applyDecorators,
  createParamDecorator,
  type ExecutionContext,
  Header,
  HttpCode,
  Post,
  Res,
  type Type,
} from '@nestjs/common';
import { ApiExtension, ApiHeader, ApiParam, ApiResponse } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { isUuid } from './fields.js';
import { IDEMPOTENT, PROBLEMS } from './openapi-extensions.js';
import { invalid, type ProblemCode } from './problem.js';

interface AnswerOptions {
  /** The problems that are the operation's own; openapi.ts adds those that every operation shares. */
  problems?: ProblemCode[];
  /** Other successful statuses that the operation can answer: 200 beside 201 with the same body, or 304. */
  also?: (200 | 304)[];
  /** Headers of the answer, with what they say. */
  headers?: Record<string, string>;
}

type Answer = Type | [Type];

/**
 * A custom method: `@Action('clone')` is `POST .../{id}:clone`, `@Action('rescind', ':id/invites/:inviteId')` one of a
 * resource below it; `@Action('read-all', 'notifications')` in a controller without a path is one of a collection.
 * The spelling behind it is the only one that works under Fastify and Swagger both.
 */
export function Action(verb: string, path = ':id'): MethodDecorator {
  const endsInParameter = /:\w+$/.test(path);
  return Post(endsInParameter ? `${path}(^[^:]+)::${verb}` : `${path}::${verb}`);
}

export function Answers(type: Answer, options: AnswerOptions = {}): MethodDecorator {
  return succeeds(200, type, options);
}

/** 201 with the resource; the controller says in `Location` where it is. */
export function Creates(type: Answer, options: AnswerOptions = {}): MethodDecorator {
  const headers = { Location: 'Where the resource is.', ...options.headers };
  return succeeds(201, type, { ...options, headers });
}

/** Takes an `Idempotency-Key`, as the controller hands its work to the IdempotencyService (specification 1, Retries). */
export function Idempotent(): MethodDecorator {
  const schema = { type: 'string' as const, minLength: 1, maxLength: 255, pattern: '^[ -~]+$' };
  return applyDecorators(ApiHeader({ name: 'Idempotency-Key', schema }), ApiExtension(IDEMPOTENT, true));
}

/** A page of a list, as answerPage() gives it. */
export function AnswersPage(type: Type, options: AnswerOptions = {}): MethodDecorator {
  const headers = { Link: 'Where the next page is, with `rel="next"`; absent on the last one.', ...options.headers };
  return succeeds(200, [type], { ...options, headers });
}

/** Server-Sent Events; the handler writes them to the reply. */
export function AnswersEvents({ problems = [] }: Pick<AnswerOptions, 'problems'> = {}): MethodDecorator {
  const content = { 'text/event-stream': { schema: { type: 'string' as const } } };
  const headers = { 'Cache-Control': { description: 'no-cache, no-transform', schema: { type: 'string' as const } } };
  return applyDecorators(ApiResponse({ status: 200, content, headers }), ApiExtension(PROBLEMS, problems));
}

/** 204. */
export function AnswersNothing({ problems = [] }: Pick<AnswerOptions, 'problems'> = {}): MethodDecorator {
  return applyDecorators(HttpCode(204), ApiResponse({ status: 204 }), ApiExtension(PROBLEMS, problems));
}

function succeeds(
  status: number,
  type: Answer,
  { problems = [], also = [], headers = {} }: AnswerOptions,
): MethodDecorator {
  const described = Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' as const } }]),
  );
  // What exists already is not located anew.
  const keeps = (each: number) => each === status || each === 304;
  const answers = [status, ...also].map((each) =>
    ApiResponse({ status: each, ...(each !== 304 && { type }), ...(keeps(each) && { headers: described }) }),
  );
  // The services return JSON text; without this header Fastify would call it text/plain.
  const json = Header('content-type', 'application/json; charset=utf-8');
  return applyDecorators(HttpCode(status), json, ...answers, ApiExtension(PROBLEMS, problems));
}

const IdParameter = createParamDecorator((name: string, context: ExecutionContext): string => {
  const { params } = context.switchToHttp().getRequest<FastifyRequest<{ Params: Record<string, string> }>>();
  const id = params[name];
  if (!isUuid(id)) throw invalid({ pointer: `{${name}}`, detail: 'must be a UUID' });
  return id;
});

/** An id of the path: `@Id() id: string`, `@Id('userId') userId: string`. Anything but a UUID is a 400. */
export function Id(name = 'id'): ParameterDecorator {
  return (target, method, index) => {
    if (method === undefined) throw new Error('@Id() is for parameters of methods');
    IdParameter(name)(target, method, index);
    const descriptor = Object.getOwnPropertyDescriptor(target, method) as PropertyDescriptor;
    ApiParam({ name, schema: { type: 'string', format: 'uuid' } })(target, method, descriptor);
  };
}

/** Fastify's reply, for a status or a header that depends on the result; Nest still sends what the method returns. */
export const Reply = (): ParameterDecorator => Res({ passthrough: true });
