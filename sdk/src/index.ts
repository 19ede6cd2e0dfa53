export { type PickedImage, uploadAvatar } from './avatar.js';
export { createLockInClient, type LockInClient, type LockInClientOptions } from './client.js';
export type { ServerClock } from './clock.js';
export { isProblem, type ProblemCode, ProblemError, type Result, unwrap } from './errors.js';
export { formatDuration, speakDuration } from './format-duration.js';
export type { Fetch, FetchInit } from './http/fetch-with-timeout.js';
export type { TokenProvider } from './http/token-refresher.js';
export type { RequestOptions, Transport } from './http/transport.js';
export { secondsAt } from './live/race-changes.js';
export type { RaceTiming } from './live/race-timing.js';
export { type RaceListener, type RaceState, watchRace } from './live/race-watcher.js';
export {
  createOfflineQueue,
  type DeviceTime,
  type OfflineQueue,
  type OfflineQueueOptions,
  type PendingPress,
  type QueueEntry,
  type QueueResult,
  type QueueStorage,
  type SessionVerb,
} from './offline/queue.js';
export { type ListItem, type ListPath, type ListQuery, paginate } from './pagination.js';
export type { components, operations, paths } from './schema.js';
export type {
  AddLog,
  AvatarUpload,
  CreateGroup,
  CreateSession,
  FieldError,
  Focus,
  FocusDay,
  Group,
  GroupDetail,
  GroupStatus,
  GroupSummary,
  ImageType,
  Invite,
  Member,
  MemberHistory,
  MemberProgress,
  Membership,
  Notification,
  NotificationData,
  NotificationKind,
  NotificationStatus,
  Participant,
  ParticipantRole,
  PastPeriod,
  Period,
  Problem,
  Profile,
  Race,
  RecordSession,
  Role,
  Segment,
  Session,
  SessionDetail,
  SessionStatus,
  TimeLog,
  UpdateGroup,
  UpdateMember,
  UpdateProfile,
  UserSummary,
} from './types.js';
