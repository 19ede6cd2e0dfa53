import { isLocal, type QueueEntry } from './queue-entries.js';

/** As AsyncStorage and localStorage have it. */
export interface QueueStorage {
  getItem: (key: string) => Promise<string | null> | string | null;
  setItem: (key: string, value: string) => unknown;
}

/** An entry, and once it has been sent, as what: a key says that the request is the same. */
export type StoredEntry = QueueEntry & { sent?: { path: string; body: object }; isShifted?: boolean };

/** `Date` tells the server's clock to the second. */
export const CLOCK_PRECISION_MS = 1000;
/** So many sessions are remembered after their last entry, should a later one name them. */
const REMEMBERED = 100;
/** Refining the clock never moves it so far; somebody who sets it does. */
const CLOCK_WAS_SET_MS = 10_000;

/** What the queue must not forget when the app is closed. */
export class QueueStore {
  entries: StoredEntry[] = [];
  readonly loaded: Promise<void>;
  /** The server's id of each session that has a local one. */
  private ids: Record<string, string> = {};
  /** By session, how far the server's clock was ahead. */
  private ahead: Record<string, number> = {};
  private saving: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly key: string,
    private readonly storage: QueueStorage | undefined,
  ) {
    this.loaded = this.load();
    // It is the next one to wait for it who hears of a failure.
    this.loaded.catch(() => undefined);
  }

  async save(): Promise<void> {
    const { storage, key, entries, ids, ahead } = this;
    if (!storage) return;
    const text = JSON.stringify({ entries, ids: latest(ids), ahead: latest(ahead) });
    this.saving = this.saving.catch(() => undefined).then(() => storage.setItem(key, text));
    await this.saving;
  }

  remove(entry: StoredEntry): void {
    this.entries = this.entries.filter((each) => each !== entry);
  }

  /** The server's id as soon as there is one. */
  sessionOf({ session }: Pick<QueueEntry, 'session'>): string {
    return this.ids[session] ?? session;
  }

  name(local: string, id: string): void {
    this.ids[local] = id;
  }

  /** Whether somebody can name the session: it is the server's, or made here. */
  knows(session: string): boolean {
    const isMade = this.entries.some((entry) => entry.kind === 'createSession' && entry.session === session);
    return !isLocal(session) || isMade || session in this.ids;
  }

  /**
   * All times of a session are shifted alike while the device's clock is left alone, although the server's becomes
   * known ever better: so they are as far apart as the device measured, and no pause comes before its start.
   */
  aheadFor(session: string, now: number): number {
    const kept = this.ahead[session];
    if (kept === undefined || Math.abs(kept - now) > CLOCK_WAS_SET_MS) this.ahead[session] = now;
    return this.ahead[session] ?? now;
  }

  /** Puts the times of the session later by as much as nobody knows them. */
  shift(entry: StoredEntry): void {
    const session = this.sessionOf(entry);
    this.ahead[session] = (this.ahead[session] ?? 0) + CLOCK_PRECISION_MS;
    entry.isShifted = true;
    delete entry.sent;
  }

  private async load(): Promise<void> {
    const kept = parse((await this.storage?.getItem(this.key)) ?? null);
    this.entries = kept.entries ?? [];
    this.ids = kept.ids ?? {};
    this.ahead = kept.ahead ?? {};
  }
}

interface Kept {
  entries?: StoredEntry[];
  ids?: Record<string, string>;
  ahead?: Record<string, number>;
}

/** A text that was cut off in writing holds nothing that could be sent. */
function parse(text: string | null): Kept {
  try {
    return JSON.parse(text ?? '{}') as Kept;
  } catch {
    return {};
  }
}

function latest<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).slice(-REMEMBERED));
}
