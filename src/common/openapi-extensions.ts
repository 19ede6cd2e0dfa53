/** Notes that decorators leave on an operation for openapi.ts, which takes them out of the document again. */
export const PROBLEMS = 'x-problems';
export const PUBLIC_OPERATION = 'x-public';
export const IDEMPOTENT = 'x-idempotent';
export const OPTIONAL_BODY = 'x-optional-body';
