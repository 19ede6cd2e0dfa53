import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { catchError, from, type Observable } from 'rxjs';
import { isUuid } from '../common/fields.js';
import { invalid, Problem } from '../common/problem.js';
import { validFields } from '../common/validation.pipe.js';
import { Database } from '../database/database.js';
import { constraintErrors } from '../database/problems.js';
import { CreateGroup, UpdateGroup } from './groups.dto.js';
import * as sql from './groups.sql.js';

type Request = FastifyRequest<{ Params: { id?: string } }>;

/**
 * Adds to a 400 the errors that only the database knows, such as an unknown time zone, so that all errors are listed at
 * once (specification 1, Errors). Valid requests cause no extra statement. If the database cannot be asked, the 400 stays as
 * it is: a client's mistake is never a 503.
 */
@Injectable()
export class GroupErrorsInterceptor implements NestInterceptor {
  constructor(private readonly database: Database) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<Request>();
    return next.handle().pipe(catchError((error: unknown) => from(this.withAllErrors(error, request))));
  }

  private async withAllErrors(error: unknown, { user, params: { id }, body }: Request): Promise<never> {
    if (!(error instanceof Problem) || error.code !== 'invalid_request' || user === undefined) throw error;
    const change = id === undefined ? validFields(CreateGroup, body) : validFields(UpdateGroup, body);
    const group = isUuid(id) ? id : null;
    const violations = await this.database
      .all(sql.groupViolations, user.id, group, JSON.stringify(change))
      .catch(() => Promise.reject(error));
    const errors = [...(error.extra.errors ?? [])];
    for (const { name } of violations) {
      const found = constraintErrors[name];
      if (found && !errors.some(({ pointer }) => pointer === found.pointer)) errors.push(found);
    }
    throw invalid(...errors);
  }
}
