import type { CreateSession, SessionDetail, TimeLog } from '../types.js';

/** A verb of a session; the name of the method of the API and of the queue. */
export type SessionVerb = 'start' | 'pause' | 'resume' | 'stop';

/** An action in the offline queue. Times are milliseconds since 1970 by the device's clock. */
export type QueueEntry = {
  /** The `Idempotency-Key`. */
  readonly key: string;
  /** The session's id on the server, or a local id. */
  readonly session: string;
} & (
  | { readonly kind: 'createSession'; readonly body: CreateSession }
  | { readonly kind: SessionVerb; readonly at: number }
  | { readonly kind: 'addLog'; readonly startedAt: number; readonly endedAt: number }
);

/** The body of the response to an entry: the log after `addLog`, the session otherwise. */
export type QueueResult = SessionDetail | TimeLog;

/** The device's clocks when an entry was added. */
export interface Press {
  device: number;
  monotonic: number;
  /** Of the run of the app: readings of the monotonic clock can be compared within one run only. */
  run: string;
  /** The server's clock minus the device's, if it was known. */
  offset?: number;
}

/** A prepared request: a retry with the same key must send the same request. */
export interface QueuedRequest {
  key: string;
  path: string;
  body: object;
}

/** An entry as it is stored. */
export type StoredEntry = QueueEntry & {
  press?: Press;
  /** The requests that are left to send, once they are prepared. */
  requests?: QueuedRequest[];
  isShifted?: boolean;
  /** The API has created the session, so it cannot be recorded as a whole. */
  isCreated?: boolean;
  /** Set if the API refused to run the session: the entries of a part are recorded as one session. */
  part?: {
    id: string;
    groupId: string | null;
    /** The end by the server's clock, if none of the entries is the end. */
    until?: number;
  };
};

/** Entries that are sent together. */
export type StoredEntries = [StoredEntry, ...StoredEntry[]];

/** A verb as it is stored. */
export type StoredVerb = StoredEntry & { kind: SessionVerb };

const LOCAL_PREFIX = 'local:';

export const localId = (key: string): string => LOCAL_PREFIX + key;
export const isLocalId = (session: string): boolean => session.startsWith(LOCAL_PREFIX);

/** Whether the entry makes a session run. A user hosts one running session at a time, so it waits for earlier stops. */
export const startsTimer = ({ kind }: QueueEntry): boolean => kind === 'start' || kind === 'resume';

export const isVerb = (entry: StoredEntry): entry is StoredVerb =>
  entry.kind !== 'createSession' && entry.kind !== 'addLog';

export const sessionPath = (id: string): string => `/api/sessions/${encodeURIComponent(id)}`;

/** The request of one entry. `sessionId` is the server's id, `offset` the server's clock minus the device's. */
export function requestFor(entry: QueueEntry, sessionId: string, offset: number): QueuedRequest {
  const { key } = entry;
  const path = sessionPath(sessionId);
  const time = (deviceMs: number): string => new Date(deviceMs + offset).toISOString();
  switch (entry.kind) {
    case 'createSession':
      return { key, path: '/api/sessions', body: entry.body };
    case 'addLog':
      return { key, path: `${path}/logs`, body: { started_at: time(entry.startedAt), ended_at: time(entry.endedAt) } };
    default:
      return { key, path: `${path}:${entry.kind}`, body: { at: time(entry.at) } };
  }
}
