import type { QueuedRequest, StoredEntry } from './queue-entries.js';

/** What is stored, as JSON. */
export interface QueueState {
  entries: StoredEntry[];
  /** Local id to server id. */
  serverIds: Record<string, string>;
  /** Session id to the offset of the server's clock that its times use. */
  offsets: Record<string, number>;
  lastOffset?: number;
  /** Session id to its group, null for a solo session. */
  groups: Record<string, string | null>;
}

export const emptyState = (): QueueState => ({ entries: [], serverIds: {}, offsets: {}, groups: {} });

/** Reads the text of the storage; what cannot be used of a damaged text is left out. */
export function readState(text: string | null): { state: QueueState; isDamaged: boolean } {
  if (text === null) return { state: emptyState(), isDamaged: false };
  try {
    const stored = JSON.parse(text) as Partial<Record<keyof QueueState, unknown>>;
    const { entries, serverIds, offsets, groups, lastOffset } = stored;
    const usable = Array.isArray(entries) ? entries.filter(isEntry) : [];
    const isComplete = Array.isArray(entries) && usable.length === entries.length;
    const state = {
      entries: usable.map(withRequests),
      serverIds: isRecord(serverIds) ? (serverIds as Record<string, string>) : {},
      offsets: isRecord(offsets) ? (offsets as Record<string, number>) : {},
      groups: isRecord(groups) ? (groups as Record<string, string | null>) : {},
      ...(typeof lastOffset === 'number' && { lastOffset }),
    };
    return { state, isDamaged: !isComplete };
  } catch {
    return { state: emptyState(), isDamaged: true };
  }
}

const KINDS = new Set<unknown>(['createSession', 'start', 'pause', 'resume', 'stop', 'addLog']);

function isEntry(value: unknown): value is StoredEntry {
  if (!isRecord(value)) return false;
  const { key, session, kind, at, startedAt, endedAt, body } = value;
  const times = kind === 'addLog' ? [startedAt, endedAt] : [at];
  const isComplete = kind === 'createSession' ? isRecord(body) : times.every(Number.isFinite);
  return typeof key === 'string' && typeof session === 'string' && KINDS.has(kind) && isComplete;
}

/** Version 1.0 stored one prepared request in place of a list. */
function withRequests(entry: StoredEntry & { request?: Omit<QueuedRequest, 'key'> }): StoredEntry {
  const { request, ...rest } = entry;
  return request ? { ...rest, requests: [{ key: entry.key, ...request }] } : rest;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
