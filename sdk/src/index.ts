export type { Fetch, FetchInit } from './attempt.js';
export { uploadAvatar } from './avatar.js';
export { createLockIn, type LockIn, type LockInOptions } from './client.js';
export type { ServerClock } from './clock.js';
export { type ListPath, type ListQuery, pages, type Row } from './pages.js';
export {
  isProblem,
  type FieldError,
  type Problem,
  type ProblemCode,
  ProblemError,
  type Result,
  unwrap,
} from './problem.js';
export {
  createOfflineQueue,
  type DeviceTime,
  type NewSession,
  type OfflineQueue,
  type OfflineQueueOptions,
  type QueueAnswer,
  type QueueEntry,
  type QueueStorage,
} from './queue.js';
export { type RaceListener, type RaceState, type RaceTiming, watchRace } from './race.js';
export { type MemberProgress, type Race, secondsAt } from './race-changes.js';
export type { components, operations, paths } from './schema.js';
export type { TokenSupplier } from './tokens.js';
export type { SendOptions, Transport } from './transport.js';
