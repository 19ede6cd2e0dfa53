import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { FastifyRequest } from 'fastify';
import { type FieldError, invalid } from './problem.js';
import { unknownFields } from './unknown-fields.js';

interface Inputs {
  readonly body: boolean;
  readonly query: boolean;
}

/**
 * Refuses a body or query that the route does not read and that no pipe would look at, and text that cannot be decoded
 * (specification 1). It runs after the guards of auth/, so that without a valid token there is only a 401.
 */
export class UnknownInputGuard implements CanActivate {
  private readonly inputs = new WeakMap<object, Inputs>();

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const question = request.url.indexOf('?');
    if (question < 0 && request.body === undefined && request.bodyProblem === undefined) return true;
    if (request.bodyProblem) throw request.bodyProblem;
    const { body, query } = this.inputsOf(context);
    const errors = [
      ...(question < 0 ? [] : undecodable(request.url.slice(question + 1))),
      ...(query ? [] : unknownFields(request.query as object, 'query')),
      ...(body || request.body === undefined ? [] : unexpectedBody(request.body)),
    ];
    if (errors.length > 0) throw invalid(...errors);
    return true;
  }

  /** Whether the handler has a parameter with `@Body()` and one with `@Query()`. */
  private inputsOf(context: ExecutionContext): Inputs {
    const handler = context.getHandler();
    const known = this.inputs.get(handler);
    if (known !== undefined) return known;
    const parameters = (Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), handler.name) ?? {}) as object;
    const has = (type: RouteParamtypes): boolean => Object.keys(parameters).some((key) => key.startsWith(`${type}:`));
    const inputs = { body: has(RouteParamtypes.BODY), query: has(RouteParamtypes.QUERY) };
    this.inputs.set(handler, inputs);
    return inputs;
  }
}

function unexpectedBody(body: unknown): FieldError[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return [{ pointer: '', detail: 'must be a JSON object' }];
  return unknownFields(body, 'body');
}

function undecodable(query: string): FieldError[] {
  return query.split('&').flatMap((part) => {
    const pointer = `?${part.split('=', 1)[0]}`;
    try {
      if (!decodeURIComponent(part).includes('\0')) return [];
      return [{ pointer, detail: 'contains a character that is not allowed' }];
    } catch {
      return [{ pointer, detail: 'is not valid percent-encoded UTF-8' }];
    }
  });
}
