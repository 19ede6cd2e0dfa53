/** OpenAPI extensions that decorators set for tools/contract/generate-document.ts, which removes them again. */
export const PROBLEMS = 'x-problems';
export const PUBLIC_OPERATION = 'x-public';
export const IDEMPOTENT = 'x-idempotent';
/** An object that may have more properties than it describes. */
export const OPEN = 'x-open';
