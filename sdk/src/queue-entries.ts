import type { components } from './schema.js';

export type NewSession = components['schemas']['CreateSession'];
type SessionDetail = components['schemas']['SessionDetail'];
type TimeLog = components['schemas']['TimeLog'];

export type Verb = 'start' | 'pause' | 'resume' | 'stop';

/** Something to be sent. Times are milliseconds of the device's clock. */
export type QueueEntry = {
  /** The Idempotency-Key. */
  readonly key: string;
  /** The server's id, or a local one. */
  readonly session: string;
} & (
  | { readonly kind: 'createSession'; readonly body: NewSession }
  | { readonly kind: Verb; readonly at: number }
  | { readonly kind: 'addLog'; readonly startedAt: number; readonly endedAt: number }
);

/** What the server answered to it. */
export type QueueAnswer = SessionDetail | TimeLog;

const LOCAL = 'local:';

export const localId = (key: string): string => LOCAL + key;
export const isLocal = (session: string): boolean => session.startsWith(LOCAL);

/** What a person can host only once at a time, so that it has to wait for an earlier session's stop. */
export const startsTimer = ({ kind }: QueueEntry): boolean => kind === 'start' || kind === 'resume';

/** How an entry is sent: `session` is the server's id, `ahead` how far the server's clock is before the device's. */
export function requestFor(entry: QueueEntry, session: string, ahead: number): { path: string; body: object } {
  const path = `/api/sessions/${encodeURIComponent(session)}`;
  const time = (deviceMs: number): string => new Date(deviceMs + ahead).toISOString();
  switch (entry.kind) {
    case 'createSession':
      return { path: '/api/sessions', body: entry.body };
    case 'addLog':
      return { path: `${path}/logs`, body: { started_at: time(entry.startedAt), ended_at: time(entry.endedAt) } };
    default:
      return { path: `${path}:${entry.kind}`, body: { at: time(entry.at) } };
  }
}
