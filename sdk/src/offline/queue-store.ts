import { CLOCK_SET_MS } from '../clock.js';
import { exclusively } from './exclusive.js';
import { isLocalId, isVerb, type QueueEntry, type StoredEntry, type StoredVerb } from './queue-entries.js';
import { emptyState, type QueueState, readState } from './stored-state.js';

/** A storage for the offline queue. `AsyncStorage` and `localStorage` have this shape. */
export interface QueueStorage {
  getItem: (key: string) => Promise<string | null> | string | null;
  setItem: (key: string, value: string) => unknown;
}

export interface QueueStoreOptions {
  key: string;
  storage?: QueueStorage;
  onDamaged?: (text: string) => void;
  onChange: () => void;
}

/** How many sessions are kept after their last entry, in case a later entry refers to them. */
const MAX_SESSIONS = 100;

/**
 * The state of the queue that must survive a restart of the app. Several queues may share a storage, such as those of two
 * tabs: each one reads what the others stored before it stores its own changes.
 */
export class QueueStore {
  private state: QueueState = emptyState();
  private loading: Promise<void> | undefined;
  /** The keys of the entries that were in the storage. One that is no longer there was removed by another queue. */
  private stored = new Set<string>();
  private readonly removed = new Set<string>();

  constructor(private readonly options: QueueStoreOptions) {}

  get entries(): readonly StoredEntry[] {
    return this.state.entries;
  }

  /** The offset of the server's clock when it was last known, which may be before the app was restarted. */
  get lastOffset(): number | undefined {
    return this.state.lastOffset;
  }

  /** Reads the storage once. After a failure, the next call reads it again. */
  load(): Promise<void> {
    this.loading ??= this.synchronize({ write: false, isSender: false }).catch((error: unknown) => {
      this.loading = undefined;
      throw error;
    });
    return this.loading;
  }

  /** Reads what other queues changed. */
  refresh(): Promise<void> {
    return this.synchronize({ write: false, isSender: false });
  }

  /** Stores the changes. Only the queue that sends may change entries that are stored already. */
  async save({ isSender }: { isSender: boolean }): Promise<void> {
    this.options.onChange();
    await this.synchronize({ write: true, isSender });
  }

  add(entry: StoredEntry): void {
    this.state.entries = [...this.state.entries, entry];
  }

  remove(...entries: StoredEntry[]): void {
    for (const { key } of entries) this.removed.add(key);
    this.state.entries = this.state.entries.filter((each) => !entries.includes(each));
  }

  /** The server's id of the entry's session once it is known, else the local id. */
  sessionId({ session }: Pick<QueueEntry, 'session'>): string {
    return this.state.serverIds[session] ?? session;
  }

  setServerId(localId: string, serverId: string): void {
    const { serverIds, offsets } = this.state;
    serverIds[localId] = serverId;
    if (offsets[localId] !== undefined) offsets[serverId] = offsets[localId];
  }

  /** Undefined if no entry or response has told it. */
  groupOf(session: string): string | null | undefined {
    return this.state.groups[session];
  }

  setGroup(session: string, groupId: string | null): void {
    this.state.groups[session] = groupId;
  }

  /** Entries of the same lane are sent in order, one at a time. */
  laneOf(entry: StoredEntry): string {
    return entry.part?.id ?? this.sessionId(entry);
  }

  /** The verbs of the entry's lane, from the entry to the first stop. */
  verbsFrom(entry: StoredEntry): StoredVerb[] {
    const lane = this.laneOf(entry);
    const from = this.entries.slice(this.entries.indexOf(entry));
    const verbs = from.filter((each) => this.laneOf(each) === lane).filter(isVerb);
    const stop = verbs.findIndex(({ kind }) => kind === 'stop');
    return stop < 0 ? verbs : verbs.slice(0, stop + 1);
  }

  /** Whether the id is a server's id, or a local id of this queue. */
  hasSession(session: string): boolean {
    const isQueued = this.entries.some((entry) => entry.session === session);
    return !isLocalId(session) || isQueued || session in this.state.serverIds;
  }

  /**
   * All times of a session use the same offset, although its estimate improves: otherwise intervals would change, and a
   * pause could come before its start. A new offset is used only if the device's clock was set.
   */
  offsetFor(session: string, offset: number): number {
    const { offsets } = this.state;
    const known = offsets[session];
    if (known === undefined || Math.abs(known - offset) > CLOCK_SET_MS) offsets[session] = offset;
    return offsets[session] ?? offset;
  }

  setLastOffset(offset: number): void {
    this.state.lastOffset = offset;
  }

  private async synchronize({ write, isSender }: { write: boolean; isSender: boolean }): Promise<void> {
    const { storage, key } = this.options;
    if (!storage) return;
    await exclusively(`${key} storage`, async () => {
      const text = await storage.getItem(key);
      const { state, isDamaged } = readState(text);
      if (isDamaged && text !== null) await this.setAside(storage, text);
      this.merge(state, isSender);
      const stored = new Set(this.entries.map((entry) => entry.key));
      const removed = [...this.removed];
      if (write || isDamaged) {
        await storage.setItem(key, JSON.stringify(this.state));
        for (const each of removed) this.removed.delete(each);
        this.stored = stored;
      } else {
        this.stored = new Set(state.entries.map((entry) => entry.key));
      }
    });
    this.options.onChange();
  }

  private async setAside(storage: QueueStorage, text: string): Promise<void> {
    await storage.setItem(`${this.options.key}.damaged`, text);
    this.options.onDamaged?.(text);
  }

  private merge(stored: QueueState, isSender: boolean): void {
    const own = new Map(this.entries.map((entry) => [entry.key, entry]));
    const [older, newer] = isSender ? [stored, this.state] : [this.state, stored];
    const kept = stored.entries
      .filter(({ key }) => !this.removed.has(key))
      .map((entry) => {
        const known = own.get(entry.key);
        if (!known) return entry;
        return isSender ? known : Object.assign(known, entry);
      });
    const keys = new Set(stored.entries.map(({ key }) => key));
    const added = this.entries.filter(({ key }) => !keys.has(key) && !this.stored.has(key));
    this.state = {
      entries: [...kept, ...added],
      serverIds: latest({ ...older.serverIds, ...newer.serverIds }),
      offsets: latest({ ...older.offsets, ...newer.offsets }),
      groups: latest({ ...older.groups, ...newer.groups }),
      lastOffset: newer.lastOffset ?? older.lastOffset,
    };
  }
}

function latest<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).slice(-MAX_SESSIONS));
}
