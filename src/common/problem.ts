interface ProblemType {
  readonly status: number;
  readonly title: string;
  /** A sentence for the end user, unless a problem has a more specific one. */
  readonly detail: string;
}

/** Every problem code of the API, as openapi.yaml lists them. */
export const problemCodes = {
  invalid_request: { status: 400, title: 'Invalid request', detail: 'Some of what was sent is not valid.' },
  at_out_of_range: {
    status: 400,
    title: 'Time out of range',
    detail: 'The time given is in the future or more than 7 days back.',
  },
  unauthenticated: { status: 401, title: 'Not signed in', detail: 'Please sign in.' },
  account_deleted: {
    status: 401,
    title: 'Account deleted',
    detail: 'This account was deleted. Sign in again to start with a new one.',
  },
  maintenance_only: { status: 403, title: 'Maintenance only', detail: 'Only maintenance staff may do this.' },
  forbidden: { status: 403, title: 'Not allowed', detail: 'You are not allowed to do this.' },
  not_found: { status: 404, title: 'Not found', detail: 'This does not exist, or is not visible to you.' },
  group_archived: { status: 409, title: 'Group archived', detail: 'This group is archived.' },
  group_full: { status: 409, title: 'Group full', detail: 'This group has as many members as a group can have.' },
  already_member: { status: 409, title: 'Already a member', detail: 'This person is already a member of the group.' },
  owner_must_transfer: {
    status: 409,
    title: 'Owner must transfer first',
    detail: 'The owner must first hand the group over to somebody else.',
  },
  invite_closed: { status: 409, title: 'Invite closed', detail: 'This invite is no longer open.' },
  invite_answered: { status: 409, title: 'Invite answered', detail: 'This invite was already answered differently.' },
  invalid_session_transition: {
    status: 409,
    title: 'Not possible in this state',
    detail: 'The session is in a state that does not allow this.',
  },
  already_running: {
    status: 409,
    title: 'Another session is running',
    detail: 'You already host a running session. Stop or pause it first.',
  },
  at_before_transition: {
    status: 409,
    title: 'Too early',
    detail: 'The time given lies before the previous change of this session.',
  },
  log_outside_session: {
    status: 409,
    title: 'Outside the session',
    detail: 'The time must lie between the start and the end of the session.',
  },
  host_cannot_leave: { status: 409, title: 'Host cannot leave', detail: 'The host of a session cannot leave it.' },
  too_many_scheduled_sessions: {
    status: 409,
    title: 'Too many scheduled sessions',
    detail: 'You already host as many scheduled sessions as is possible.',
  },
  too_many_streams: {
    status: 409,
    title: 'Too many streams',
    detail: 'You are watching as many races as is possible at once.',
  },
  idempotency_in_flight: {
    status: 409,
    title: 'Still under way',
    detail: 'The same request is still being worked on. Please try again in a moment.',
  },
  payload_too_large: { status: 413, title: 'Too large', detail: 'What was sent is larger than 64 KiB.' },
  unsupported_media_type: {
    status: 415,
    title: 'Unsupported media type',
    detail: 'Content must be sent as application/json.',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'Idempotency key reused',
    detail: 'This idempotency key belongs to another request.',
  },
  rate_limited: { status: 429, title: 'Too many requests', detail: 'Too many requests. Please try again later.' },
  internal_error: { status: 500, title: 'Internal error', detail: 'Something went wrong on our side.' },
  sign_in_unavailable: {
    status: 503,
    title: 'Sign-in unavailable',
    detail: 'Signing in is not possible at the moment. Please try again later.',
  },
  unavailable: {
    status: 503,
    title: 'Unavailable',
    detail: 'The service is not available at the moment. Please try again later.',
  },
} as const satisfies Record<string, ProblemType>;

export type ProblemCode = keyof typeof problemCodes;

/** What is wrong in a request. `pointer` is a JSON pointer into the body ("/name"), a parameter ("?limit", "{id}") or a header. */
export interface FieldError {
  pointer: string;
  detail: string;
}

interface Details {
  detail?: string;
  errors?: FieldError[];
  /** In seconds. */
  retryAfter?: number;
  session_id?: string;
  /** Parameters of WWW-Authenticate after `Bearer`, on a 401. */
  challenge?: string;
}

/** An API error (RFC 9457). */
export class Problem extends Error {
  readonly status: number;

  constructor(
    readonly code: ProblemCode,
    readonly extra: Details = {},
  ) {
    super(extra.detail ?? problemCodes[code].detail);
    this.name = 'Problem';
    this.status = problemCodes[code].status;
  }
}

/** 404, the same for what does not exist and for what the user may not see (specification 1, Visibility). */
export function notFound(): never {
  throw new Problem('not_found');
}

/** For what is not HTTP or JSON: no field can be named. */
export const UNREADABLE = new Problem('invalid_request', { detail: 'The request could not be read.' });

export function invalid(...errors: FieldError[]): Problem {
  return new Problem('invalid_request', { errors });
}
