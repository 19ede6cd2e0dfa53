import { type FieldError, invalid, Problem, type ProblemCode } from '../common/problem.js';

/** The fields of PostgreSQL's errors, as `pg` sets them, and the name of the statement that failed. */
interface Refusal {
  code?: string;
  constraint?: string;
  detail?: string;
  statement?: string;
}

/** SQLSTATEs of the functions in `database/`, all of class LK. */
const raised: Record<string, ProblemCode> = {
  LK400: 'at_out_of_range',
  LK401: 'account_deleted',
  LK403: 'forbidden',
  LK404: 'not_found',
  LK429: 'rate_limited',
  LKANS: 'invite_answered',
  LKARC: 'group_archived',
  LKBEF: 'at_before_transition',
  LKBSY: 'idempotency_in_flight',
  LKCLO: 'invite_closed',
  LKFUL: 'group_full',
  LKHST: 'host_cannot_leave',
  LKKEY: 'idempotency_key_reused',
  LKLOG: 'log_outside_session',
  LKMEM: 'already_member',
  LKOWN: 'owner_must_transfer',
  LKREC: 'at_out_of_range',
  LKRUN: 'already_running',
  LKSCH: 'too_many_scheduled_sessions',
  LKSTA: 'invalid_session_transition',
  LKSTR: 'too_many_streams',
};

const conflicts: Record<string, ProblemCode> = {
  group_members_group_id_user_id_key: 'already_member',
  sessions_one_running_per_host: 'already_running',
  // An account that is deleted at the same time.
  group_members_user_id_fkey: 'not_found',
  notifications_recipient_id_fkey: 'not_found',
  session_participants_user_id_fkey: 'not_found',
  rate_limit_uses_user_id_fkey: 'account_deleted',
  idempotency_keys_user_id_fkey: 'account_deleted',
  sessions_creator_id_fkey: 'account_deleted',
  // A group that is deleted at the same time, with the account of its only member.
  sessions_group_id_fkey: 'not_found',
  group_members_group_id_fkey: 'not_found',
  notifications_group_id_fkey: 'not_found',
  milestones_group_id_fkey: 'not_found',
  // The clock of the database was set back during the request.
  sessions_not_in_future: 'unavailable',
  session_participants_not_in_future: 'unavailable',
  // A process that is shutting down: its streams were removed already.
  live_streams_process_id_fkey: 'unavailable',
};

const UNKNOWN_TIMEZONE = 'must be UTC or a time zone such as Europe/Paris';
const NO_VISIBLE_CHARACTER = 'must contain a visible character';

/** Constraints that a well-formed request can still violate, with the field that is wrong. */
const constraintErrors: Readonly<Record<string, FieldError>> = {
  groups_name_visible: { pointer: '/name', detail: NO_VISIBLE_CHARACTER },
  profiles_display_name_visible: { pointer: '/display_name', detail: NO_VISIBLE_CHARACTER },
  groups_end_after_start: { pointer: '/end_at', detail: 'must be later than start_at' },
  groups_end_in_future: { pointer: '/end_at', detail: 'must be in the future' },
  groups_target_within_period: {
    pointer: '/period_target_minutes',
    detail: 'must be at most 1440 for a daily group and 10080 for a weekly one',
  },
  groups_timezone_known: { pointer: '/timezone', detail: UNKNOWN_TIMEZONE },
  group_members_override_within_period: {
    pointer: '/override_period_target_minutes',
    detail: 'must be at most 1440 for a daily group and 10080 for a weekly one',
  },
  sessions_scheduled_start_not_past: { pointer: '/scheduled_start', detail: 'must not be in the past' },
  history_in_order: { pointer: '?from', detail: 'must not be later than to' },
  history_at_most_366: { pointer: '?from', detail: 'must be at most 366 periods before to' },
  focus_timezone_known: { pointer: '?timezone', detail: UNKNOWN_TIMEZONE },
  focus_at_most_366: { pointer: '?from', detail: 'must be at most 366 days before to' },
  recorded_segments_in_order: {
    pointer: '/segments',
    detail: 'must be in order without overlaps, and each must end after it starts',
  },
  time_logs_end_after_start: { pointer: '/ended_at', detail: 'must be later than started_at' },
};

/**
 * Adds to a 400 the violated constraints, which only the database knows, so that all errors are listed at once (specification
 * 1, Errors). If the database cannot be asked, the 400 stays as it is: a client's mistake is never a 503.
 */
export async function withViolations(error: unknown, ask: () => Promise<{ name: string }[]>): Promise<never> {
  if (!(error instanceof Problem) || error.code !== 'invalid_request') throw error;
  const violations = await ask().catch(() => Promise.reject(error));
  const errors = [...(error.extra.errors ?? [])];
  for (const { name } of violations) {
    const found = constraintErrors[name];
    if (found && !errors.some(({ pointer }) => pointer === found.pointer)) errors.push(found);
  }
  throw invalid(...errors);
}

const atOutOfRange = { pointer: '/at', detail: 'must be at most 7 days back and not in the future' };
const recordOutOfRange = {
  pointer: '/segments',
  detail: 'must begin at most 7 days back, end at most 12 hours later, and not end in the future',
};

/** In seconds. */
const RETRY_AFTER = 5;

/** Node.js error codes for a server that cannot be reached. */
const unreachable = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['ENOTFOUND', 'EAI_AGAIN', 'ENOENT'],
]);

/**
 * SQLSTATEs of a server that cannot do the work now: connection lost (08), read-only (25006), idle for too long (25P03,
 * 25P04), deadlocks and serialization failures (40), out of memory, disk or connections (53), lock timeout (55P03),
 * statement timeout (57014), shutting down or starting (57P).
 */
const UNAVAILABLE = /^(08...|25006|25P0[34]|40001|40P01|53...|55P03|57014|57P..)$/;

/** Errors of `pg` that have a message only. */
const NO_ANSWER =
  /^(Connection terminated|Client (was closed|has encountered)|Query read timeout|timeout e(xceeded|xpired))/;

/** Rules, constraints, lost races and timeouts of the server: the connection remains usable. */
export function isRefusal(error: unknown): boolean {
  return /^(LK|23|40|55P03|57014)/.test((error as Refusal).code ?? '');
}

/** Deadlocks and serialization failures: nothing was written, and the same statement may succeed. */
export function isTransient(error: unknown): boolean {
  const { code } = error as Refusal;
  return code === '40001' || code === '40P01';
}

export function isLockTimeout(error: unknown): boolean {
  return (error as Refusal).code === '55P03';
}

/** Whether the same request may succeed later. */
export function isUnavailable(error: unknown): boolean {
  const { code = '' } = error as Refusal;
  return unreachable.has(code) || UNAVAILABLE.test(code) || (error instanceof Error && NO_ANSWER.test(error.message));
}

/** One line for the log. The error for a host name with several addresses has no message, but one error for each. */
export function reasonOf(error: unknown): string {
  const { message, code, statement, errors = [] } = error as Error & Refusal & { errors?: unknown[] };
  const reason: string = message || errors.map(reasonOf).join(', ') || code || String(error);
  return statement === undefined ? reason : `${statement}: ${reason}`;
}

/** The problem for an error of the database; unexpected errors are returned as they are, and become a 500. */
export function toProblem(error: unknown): unknown {
  const { code = '', constraint = '', detail } = error as Refusal;
  const fieldError = constraintErrors[constraint];
  if (fieldError) return new Problem('invalid_request', { errors: [fieldError] });
  const conflict = raised[code] ?? conflicts[constraint];
  if (conflict === 'at_out_of_range')
    return new Problem(conflict, { errors: [code === 'LKREC' ? recordOutOfRange : atOutOfRange] });
  if (conflict === 'already_running' && detail && code === 'LKRUN')
    return new Problem(conflict, { session_id: detail });
  if (conflict === 'rate_limited' || conflict === 'idempotency_in_flight')
    return new Problem(conflict, { retryAfter: Number(detail) });
  if (conflict) return new Problem(conflict, conflict === 'unavailable' ? { retryAfter: RETRY_AFTER } : {});
  return isUnavailable(error) ? unavailable() : error;
}

export const unavailable = (): Problem => new Problem('unavailable', { retryAfter: RETRY_AFTER });
