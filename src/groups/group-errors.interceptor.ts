import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { catchError, type Observable } from 'rxjs';
import { isUuid } from '../common/fields.js';
import { validFields } from '../common/validation.pipe.js';
import { Database } from '../database/database.js';
import { withViolations } from '../database/database-errors.js';
import { CreateGroup, UpdateGroup } from './groups.dto.js';
import * as sql from './groups.sql.js';

type Request = FastifyRequest<{ Params: { id?: string } }>;

/** Lists errors such as an unknown time zone with the others. Valid requests cause no extra statement. */
@Injectable()
export class GroupErrorsInterceptor implements NestInterceptor {
  constructor(private readonly database: Database) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<Request>();
    return next.handle().pipe(catchError((error: unknown) => withViolations(error, () => this.violations(request))));
  }

  private violations({ user, params: { id }, body }: Request): Promise<{ name: string }[]> {
    if (user === undefined) return Promise.resolve([]);
    const change = id === undefined ? validFields(CreateGroup, body) : validFields(UpdateGroup, body);
    return this.database.all(sql.groupViolations, user.id, isUuid(id) ? id : null, JSON.stringify(change));
  }
}
