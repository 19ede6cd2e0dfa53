export { createLockIn, type LockIn, type LockInOptions } from './client.js';
export type { ServerClock } from './clock.js';
export { isProblem, type FieldError, type Problem, type ProblemCode, ProblemError, type Result, unwrap } from './problem.js';
export type { components, operations, paths } from './schema.js';
export type { TokenSupplier } from './tokens.js';
export type { Fetch, SendOptions, Transport } from './transport.js';
