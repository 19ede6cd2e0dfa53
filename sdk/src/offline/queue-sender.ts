import type { LockInClient } from '../client.js';
import { deferCallback } from '../defer-callback.js';
import { isPermanent, ProblemError } from '../errors.js';
import { onOnlineChange } from '../http/online-events.js';
import { backoffMs } from '../http/retry.js';
import { exclusively } from './exclusive.js';
import type { PendingPress } from './pending-race.js';
import {
  isVerb,
  type QueueEntry,
  type QueueResult,
  startsTimer,
  type StoredEntries,
  type StoredEntry,
} from './queue-entries.js';
import { isRecording, QueueRequests, timeOf } from './queue-requests.js';
import { type QueueStorage, QueueStore } from './queue-store.js';
import { RefusedSessions } from './refused-sessions.js';

/** Options of `createOfflineQueue`. */
export interface OfflineQueueOptions {
  /** Keeps the entries over a restart of the app, for example `AsyncStorage`. By default they are kept in memory. */
  storage?: QueueStorage;
  /** The key in the storage; use one for each user. Defaults to `lockin.queue`. */
  storageKey?: string;
  /** The API refused the entry. It is removed from the queue, and later entries are still sent. */
  onConflict?: (entry: QueueEntry, problem: ProblemError) => void;
  /** The API accepted the entry. */
  onSent?: (entry: QueueEntry, result: QueueResult) => void;
  /** The stored text could not be read. It is kept under the storage key with `.damaged` appended; the queue continues without it. */
  onDamaged?: (text: string) => void;
}

/** Sends the entries of a queue: those of one session in order, several sessions concurrently. */
export class QueueSender {
  readonly store: QueueStore;
  private readonly requests: QueueRequests;
  private readonly refusedSessions: RefusedSessions;
  private readonly listeners = new Set<() => void>();
  private readonly storageKey: string;
  /** By lane. */
  private readonly sending = new Map<string, Promise<void>>();
  /** Lanes whose first entry failed; their other entries wait for it. */
  private readonly blocked = new Set<string>();
  private readonly unsubscribe: () => void;
  private snapshot: readonly QueueEntry[] = [];
  private flushing: Promise<void> | undefined;
  private isSender = false;
  private failures = 0;
  /** The end of the server's `Retry-After`, by the monotonic clock. */
  private notBefore = 0;
  private isSignedOut = false;
  private isClosed = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly lockin: LockInClient,
    private readonly options: OfflineQueueOptions,
  ) {
    const { storage, onDamaged } = options;
    this.storageKey = options.storageKey ?? 'lockin.queue';
    this.store = new QueueStore({ key: this.storageKey, storage, onDamaged, onChange: () => this.notify() });
    this.requests = new QueueRequests(lockin, this.store);
    this.refusedSessions = new RefusedSessions(lockin, this.store);
    const stopListening = [
      onOnlineChange((isOnline) => isOnline && this.scheduleFlush(0)),
      lockin.onSignedIn(() => this.scheduleFlush(0)),
    ];
    this.unsubscribe = () => stopListening.forEach((stop) => stop());
    this.scheduleFlush(0);
  }

  get pending(): readonly QueueEntry[] {
    return this.snapshot;
  }

  serverIdOf(session: string): string | undefined {
    const id = this.store.sessionId({ session });
    return id === session ? undefined : id;
  }

  pendingIn(groupId: string): PendingPress[][] {
    const sessions = new Map<string, PendingPress[]>();
    for (const entry of this.store.entries) {
      if (!isVerb(entry) || this.store.groupOf(entry.session) !== groupId) continue;
      const presses = sessions.get(entry.session) ?? [];
      presses.push({ kind: entry.kind, time: timeOf(entry, this.lockin.clock) });
      sessions.set(entry.session, presses);
    }
    return [...sessions.values()];
  }

  subscribe(listener: () => void): () => void {
    const own = (): void => listener();
    this.listeners.add(own);
    return () => void this.listeners.delete(own);
  }

  async add(entry: QueueEntry): Promise<void> {
    const press = this.requests.press(entry.session);
    // What cannot be read now is read before the entry is sent.
    await this.store.load().catch(() => undefined);
    if (entry.kind !== 'createSession' && !this.store.hasSession(entry.session))
      throw new Error(`Unknown session ${entry.session}: never created here, or refused.`);
    this.store.add({ ...entry, press });
    if (entry.kind === 'createSession') this.store.setGroup(entry.session, entry.body.group_id ?? null);
    this.scheduleFlush(0);
    await this.store.save({ isSender: this.isSender });
  }

  /** Rejects if the storage cannot be read; it is tried again. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    try {
      await this.store.load();
      this.blocked.clear();
      this.isSignedOut = false;
      if (this.isSender) this.sendReady();
      this.flushing ??= exclusively(`${this.storageKey} sender`, () => this.sendAll()).finally(() => {
        this.flushing = undefined;
      });
      await this.flushing;
    } catch (error) {
      this.scheduleFlush(backoffMs(this.failures++));
      throw error;
    }
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.unsubscribe();
  }

  private async sendAll(): Promise<void> {
    await this.store.refresh();
    this.isSender = true;
    try {
      this.sendReady();
      while (this.sending.size > 0) await Promise.all(this.sending.values());
    } finally {
      this.isSender = false;
    }
  }

  private notify(): void {
    this.snapshot = this.store.entries;
    for (const listener of this.listeners) deferCallback(listener);
  }

  private scheduleFlush(ms: number): void {
    clearTimeout(this.timer);
    if (!this.isClosed) this.timer = setTimeout(() => void this.flush().catch(() => undefined), ms);
  }

  private sendReady(): void {
    for (const entries of this.ready()) {
      const lane = this.store.laneOf(entries[0]);
      const sent = this.send(entries).then(() => {
        this.sending.delete(lane);
        this.sendReady();
      });
      this.sending.set(lane, sent);
    }
    const needsRetry = this.sending.size === 0 && this.snapshot.length > 0 && !this.isSignedOut;
    if (needsRetry) this.scheduleFlush(Math.max(backoffMs(this.failures), this.notBefore - performance.now()));
  }

  /** The next entries of each session. One that starts a timer waits until earlier entries are sent or blocked. */
  private ready(): StoredEntries[] {
    if (this.isClosed || this.isSignedOut || performance.now() < this.notBefore) return [];
    const earlier = new Set<string>();
    const ready: StoredEntries[] = [];
    for (const entry of this.store.entries) {
      const lane = this.store.laneOf(entry);
      const isNext = !earlier.has(lane) && !this.blocked.has(lane) && !this.sending.has(lane);
      const entries: StoredEntries = isNext ? this.requests.together(entry) : [entry];
      const startsNothing = isRecording(entries) || !startsTimer(entry);
      if (isNext && (startsNothing || [...earlier].every((each) => this.blocked.has(each)))) ready.push(entries);
      earlier.add(lane);
    }
    return ready;
  }

  private async send(entries: StoredEntries): Promise<void> {
    const [first] = entries;
    try {
      this.onSuccess(entries, await this.requests.send(entries));
    } catch (error) {
      await this.onFailure(entries, error).catch((failure: unknown) => this.postpone(first, failure));
    }
    await this.store.save({ isSender: true }).catch(() => undefined);
  }

  private onSuccess(entries: StoredEntries, result: QueueResult): void {
    const [{ kind, session }] = entries;
    this.failures = 0;
    if (kind === 'createSession') this.store.setServerId(session, result.id);
    if ('group_id' in result) this.store.setGroup(session, result.group_id);
    this.store.remove(...entries);
    for (const entry of entries) deferCallback(() => this.options.onSent?.(entry, result));
  }

  private async onFailure(entries: StoredEntries, error: unknown): Promise<void> {
    const [first] = entries;
    if (!(error instanceof ProblemError) || !this.isRefusal(error)) return this.postpone(first, error);
    // An action right after one of another device may seem to come before it, by less than the clock's precision.
    if (error.code === 'at_before_transition' && !first.isShifted) return retryWith(first, { isShifted: true });
    if (error.code === 'at_out_of_range' && this.requests.correctFuture(entries)) return;
    if (error.code === 'idempotency_key_reused' && first.kind === 'createSession' && !first.isCreated)
      return retryWith(first, { isCreated: true });
    const outcome = isRecording(entries) ? 'refused' : await this.refusedSessions.divert(first, error);
    if (typeof outcome === 'object') this.onSuccess(entries, outcome);
    else if (outcome === 'stopped') deferCallback(() => this.options.onConflict?.(first, error));
    else if (outcome === 'refused') this.reportConflict(entries, error);
  }

  /** Not a refusal: a transient problem, a missing sign-in, and a running session whose stop is in this queue. */
  private isRefusal(problem: ProblemError): boolean {
    const isQueued = this.store.entries.some((entry) => this.store.sessionId(entry) === problem.session_id);
    const canBeRetried = problem.status === 401 || (problem.code === 'already_running' && isQueued);
    return isPermanent(problem) && !canBeRetried;
  }

  /** Removes the entries. If their session could not be created, removes all entries of the session. */
  private reportConflict(entries: StoredEntries, problem: ProblemError): void {
    const [first] = entries;
    const dependsOn = (each: StoredEntry): boolean => first.kind === 'createSession' && each.session === first.session;
    const refused = this.store.entries.filter((each) => entries.includes(each) || dependsOn(each));
    this.store.remove(...refused);
    for (const entry of refused) deferCallback(() => this.options.onConflict?.(entry, problem));
  }

  private postpone(entry: StoredEntry, error: unknown): void {
    this.blocked.add(this.store.laneOf(entry));
    this.failures++;
    if (!(error instanceof ProblemError)) return;
    this.isSignedOut ||= error.status === 401;
    this.notBefore = Math.max(this.notBefore, performance.now() + (error.retryAfter ?? 0) * 1000);
  }
}

/** Has the request prepared again. */
function retryWith(entry: StoredEntry, change: Pick<StoredEntry, 'isShifted' | 'isCreated'>): void {
  Object.assign(entry, change);
  delete entry.requests;
}
