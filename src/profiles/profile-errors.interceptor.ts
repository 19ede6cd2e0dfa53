import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { catchError, type Observable } from 'rxjs';
import { validFields } from '../common/validation.pipe.js';
import { Database } from '../database/database.js';
import { withViolations } from '../database/database-errors.js';
import { UpdateMe } from './profiles.dto.js';
import * as sql from './profiles.sql.js';

/** Lists a name that cannot be seen with the other errors. Valid requests cause no extra statement. */
@Injectable()
export class ProfileErrorsInterceptor implements NestInterceptor {
  constructor(private readonly database: Database) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { body } = context.switchToHttp().getRequest<FastifyRequest>();
    const violations = (): Promise<{ name: string }[]> =>
      this.database.all(sql.profileViolations, JSON.stringify(validFields(UpdateMe, body)));
    return next.handle().pipe(catchError((error: unknown) => withViolations(error, violations)));
  }
}
