import type { CreateSession, SessionDetail, TimeLog } from '../types.js';

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

const LOCAL_PREFIX = 'local:';

export const localId = (key: string): string => LOCAL_PREFIX + key;
export const isLocalId = (session: string): boolean => session.startsWith(LOCAL_PREFIX);

/** Whether the entry makes a session run. A user hosts one running session at a time, so it waits for earlier stops. */
export const startsTimer = ({ kind }: QueueEntry): boolean => kind === 'start' || kind === 'resume';

/** The request of an entry. `sessionId` is the server's id, `offsetMs` the server's clock minus the device's. */
export function requestFor(entry: QueueEntry, sessionId: string, offsetMs: number): { path: string; body: object } {
  const path = `/api/sessions/${encodeURIComponent(sessionId)}`;
  const time = (deviceMs: number): string => new Date(deviceMs + offsetMs).toISOString();
  switch (entry.kind) {
    case 'createSession':
      return { path: '/api/sessions', body: entry.body };
    case 'addLog':
      return { path: `${path}/logs`, body: { started_at: time(entry.startedAt), ended_at: time(entry.endedAt) } };
    default:
      return { path: `${path}:${entry.kind}`, body: { at: time(entry.at) } };
  }
}
