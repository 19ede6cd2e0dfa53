import { isLocalId, type QueueEntry } from './queue-entries.js';

/** A storage for the offline queue. `AsyncStorage` and `localStorage` have this shape. */
export interface QueueStorage {
  getItem: (key: string) => Promise<string | null> | string | null;
  setItem: (key: string, value: string) => unknown;
}

/** An entry with its request, once that is prepared: a retry with the same key must send the same request. */
export type StoredEntry = QueueEntry & { request?: { path: string; body: object }; isShifted?: boolean };

/** The precision of the server's clock: `Date` has whole seconds. */
export const CLOCK_PRECISION_MS = 1000;
/** How many sessions are kept after their last entry, in case a later entry refers to them. */
const MAX_SESSIONS = 100;
/** The estimate of the offset never improves by this much; a larger change means that the device's clock was set. */
const CLOCK_SET_MS = 10_000;

/** The state of the queue that must survive a restart of the app. */
export class QueueStore {
  entries: StoredEntry[] = [];
  readonly loaded: Promise<void>;
  /** Local id to server id. */
  private serverIds: Record<string, string> = {};
  /** Session id to the offset of the server's clock that its times use. */
  private offsets: Record<string, number> = {};
  private saving: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly key: string,
    private readonly storage: QueueStorage | undefined,
  ) {
    this.loaded = this.load();
    // Prevents an unhandled rejection; whoever awaits `loaded` next receives the error.
    this.loaded.catch(() => undefined);
  }

  async save(): Promise<void> {
    const { storage, key, entries, serverIds, offsets } = this;
    if (!storage) return;
    const text = JSON.stringify({ entries, serverIds: latest(serverIds), offsets: latest(offsets) });
    this.saving = this.saving.catch(() => undefined).then(() => storage.setItem(key, text));
    await this.saving;
  }

  remove(entry: StoredEntry): void {
    this.entries = this.entries.filter((each) => each !== entry);
  }

  /** The server's id of the entry's session once it is known, else the local id. */
  sessionId({ session }: Pick<QueueEntry, 'session'>): string {
    return this.serverIds[session] ?? session;
  }

  setServerId(localId: string, serverId: string): void {
    this.serverIds[localId] = serverId;
  }

  /** Whether the id is a server's id, or a local id of this queue. */
  hasSession(session: string): boolean {
    const isQueued = this.entries.some((entry) => entry.kind === 'createSession' && entry.session === session);
    return !isLocalId(session) || isQueued || session in this.serverIds;
  }

  /**
   * All times of a session use the same offset, although its estimate improves: otherwise intervals would change, and a
   * pause could come before its start. A new offset is used only if the device's clock was set.
   */
  offsetFor(session: string, currentOffset: number): number {
    const stored = this.offsets[session];
    if (stored === undefined || Math.abs(stored - currentOffset) > CLOCK_SET_MS) this.offsets[session] = currentOffset;
    return this.offsets[session] ?? currentOffset;
  }

  private async load(): Promise<void> {
    const state = parse((await this.storage?.getItem(this.key)) ?? null);
    this.entries = state.entries ?? [];
    this.serverIds = state.serverIds ?? {};
    this.offsets = state.offsets ?? {};
  }
}

interface StoredState {
  entries?: StoredEntry[];
  serverIds?: Record<string, string>;
  offsets?: Record<string, number>;
}

/** Ignores text that was written only in part. */
function parse(text: string | null): StoredState {
  try {
    return JSON.parse(text ?? '{}') as StoredState;
  } catch {
    return {};
  }
}

function latest<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).slice(-MAX_SESSIONS));
}
