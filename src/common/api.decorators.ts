import { applyDecorators } from '@nestjs/common';
import { ApiExtension, ApiHeader, ApiResponse } from '@nestjs/swagger';
import { IDEMPOTENT, PROBLEMS } from './openapi-extensions.js';
import type { ProblemCode } from './problem.js';

const text = (description: string) => ({ description, schema: { type: 'string' as const } });

/** Headers of responses, for `@ApiCreatedResponse()` and the like. */
export const LOCATION = { Location: text('Where the resource is.') };
export const NEXT_PAGE = { Link: text('Where the next page is, with `rel="next"`; absent on the last one.') };
export const ETAG = {
  ETag: text('Of everything but `as_of` and the seconds of running members.'),
  'Cache-Control': text('private, no-cache'),
};

/** The problems of this operation alone; those that all operations share are added where the document is generated. */
export const ApiProblems = (...codes: ProblemCode[]): MethodDecorator => ApiExtension(PROBLEMS, codes);

/** Takes an `Idempotency-Key`; the controller calls IdempotencyService (specification 1, Retries). */
export function ApiIdempotencyKey(): MethodDecorator {
  const schema = { type: 'string' as const, minLength: 1, maxLength: 255, pattern: '^[ -~]+$' };
  return applyDecorators(ApiHeader({ name: 'Idempotency-Key', schema }), ApiExtension(IDEMPOTENT, true));
}

/** Server-Sent Events, which the handler writes to the reply. */
export function ApiEventStreamResponse(): MethodDecorator {
  const content = { 'text/event-stream': { schema: { type: 'string' as const } } };
  return ApiResponse({ status: 200, content, headers: { 'Cache-Control': text('private, no-cache, no-transform') } });
}
