import type { RecordSession } from '../types.js';
import type { QueuedRequest, SessionVerb } from './queue-entries.js';

/** Times in milliseconds since 1970 by the server's clock. */
export interface Span {
  start: number;
  end: number;
}

/** The limits of `POST /api/sessions:record`. */
const MAX_LENGTH_MS = 12 * 3_600_000;
const MAX_SEGMENTS = 100;

export const RECORD_PATH = '/api/sessions:record';

/**
 * When the user focused, by the presses of a session in order. A repeated press has no effect, and a time before that of
 * the previous press counts as the time of that press. The API ends a session after 12 hours, so a segment has at most that length.
 */
export function segmentsOf(presses: readonly { kind: SessionVerb; time: number }[]): Span[] {
  const segments: Span[] = [];
  let runningSince: number | undefined;
  let latest = -Infinity;
  for (const { kind, time } of presses) {
    latest = Math.max(latest, time);
    if (kind === 'start' || kind === 'resume') {
      runningSince ??= latest;
    } else if (runningSince !== undefined) {
      const end = Math.min(latest, runningSince + MAX_LENGTH_MS);
      if (end > runningSince) segments.push({ start: runningSince, end });
      runningSince = undefined;
    }
  }
  return segments;
}

/** One request for as many segments as a recorded session can have. */
export function recordRequests(key: string, groupId: string | null, segments: readonly Span[]): QueuedRequest[] {
  const sessions: Span[][] = [];
  let session: Span[] = [];
  let first: Span | undefined;
  for (const segment of segments) {
    const isFull = session.length === MAX_SEGMENTS || (first && segment.end - first.start > MAX_LENGTH_MS);
    if (!first || isFull) {
      first = segment;
      session = [];
      sessions.push(session);
    }
    session.push(segment);
  }
  return sessions.map((session, nth) => ({
    key: nth === 0 ? key : `${key}-${nth}`,
    path: RECORD_PATH,
    body: bodyOf(groupId, session),
  }));
}

/** The request without the time after the group's end. Undefined if nothing remains, or nothing was after it. */
export function requestUntil(request: QueuedRequest, groupEnd: number): QueuedRequest | undefined {
  const { group_id, segments } = request.body as RecordSession;
  const all = segments.map(({ started_at, ended_at }) => ({
    start: Date.parse(started_at),
    end: Date.parse(ended_at),
  }));
  const before = all
    .filter(({ start }) => start < groupEnd)
    .map(({ start, end }) => ({ start, end: Math.min(end, groupEnd) }));
  const isAllBefore = all.every(({ end }) => end <= groupEnd);
  if (before.length === 0 || isAllBefore) return undefined;
  return { ...request, body: bodyOf(group_id ?? null, before) };
}

function bodyOf(groupId: string | null, segments: readonly Span[]): RecordSession {
  const rfc3339 = (ms: number): string => new Date(ms).toISOString();
  return {
    ...(groupId !== null && { group_id: groupId }),
    segments: segments.map(({ start, end }) => ({ started_at: rfc3339(start), ended_at: rfc3339(end) })),
  };
}
