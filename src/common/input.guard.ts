import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { escapePointer } from './validation.pipe.js';
import { type Fault, invalid } from './problem.js';
import { takenBy } from './takes.js';

/**
 * Refuses what a route does not take and what nobody can read: an unknown query parameter or property is a 400 that
 * names it (specification 1). It stands behind the guard of src/auth, so strangers are told 401 and nothing else.
 */
export class InputGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const question = request.url.indexOf('?');
    if (question < 0 && request.body === undefined && request.bodyFault === undefined) return true;
    if (request.bodyFault) throw request.bodyFault;
    const takes = takenBy(context.getHandler());
    const faults = [
      ...(question < 0 ? [] : unreadable(request.url.slice(question + 1))),
      ...(takes.query ? [] : strangers(request.query, '?', 'parameter')),
      ...(takes.body ? [] : strangers(request.body, '/', 'property')),
    ];
    if (faults.length > 0) throw invalid(...faults);
    return true;
  }
}

function unreadable(query: string): Fault[] {
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

function strangers(given: unknown, prefix: '?' | '/', kind: string): Fault[] {
  if (given === undefined) return [];
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return [{ pointer: '', detail: 'must be a JSON object' }];
  return Object.keys(given).map((name) => ({
    pointer: prefix + escapePointer(name),
    detail: `is not a known ${kind}`,
  }));
}
