import type { LockInClient } from '../client.js';
import { deferCallback } from '../defer-callback.js';
import { isPermanent, ProblemError, readProblem } from '../errors.js';
import { sleep } from '../http/abort.js';
import { onOnlineChange } from '../http/online-events.js';
import { backoffMs } from '../http/retry.js';
import { type QueueEntry, type QueueResult, requestFor, startsTimer } from './queue-entries.js';
import { CLOCK_PRECISION_MS, type QueueStorage, QueueStore, type StoredEntry } from './queue-store.js';

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
}

/** Sends the entries of a queue: those of one session in order, several sessions concurrently. */
export class QueueSender {
  private readonly store: QueueStore;
  private readonly sending = new Map<StoredEntry, Promise<void>>();
  /** Sessions whose first entry failed; their other entries wait for it. */
  private readonly blocked = new Set<string>();
  private readonly unsubscribe: () => void;
  private failures = 0;
  /** The end of the server's `Retry-After`, by the device's clock. */
  private notBefore = 0;
  private isSignedOut = false;
  private isClosed = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly lockin: LockInClient,
    private readonly options: OfflineQueueOptions,
  ) {
    this.store = new QueueStore(options.storageKey ?? 'lockin.queue', options.storage);
    this.unsubscribe = onOnlineChange((isOnline) => isOnline && this.scheduleFlush(0));
    this.scheduleFlush(0);
  }

  get pending(): readonly QueueEntry[] {
    return this.store.entries;
  }

  serverIdOf(session: string): string | undefined {
    const id = this.store.sessionId({ session });
    return id === session ? undefined : id;
  }

  async add(entry: QueueEntry): Promise<void> {
    await this.store.loaded;
    if (entry.kind !== 'createSession' && !this.store.hasSession(entry.session))
      throw new Error(`Unknown local session id ${entry.session}: never created here, or refused by the API.`);
    this.store.entries.push(entry);
    this.scheduleFlush(0);
    await this.store.save();
  }

  async flush(): Promise<void> {
    clearTimeout(this.timer);
    await this.store.loaded;
    this.blocked.clear();
    this.isSignedOut = false;
    this.sendReady();
    while (this.sending.size > 0) await Promise.all(this.sending.values());
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.unsubscribe();
  }

  private scheduleFlush(ms: number): void {
    clearTimeout(this.timer);
    if (!this.isClosed) this.timer = setTimeout(() => void this.flush().catch(() => undefined), ms);
  }

  private sendReady(): void {
    for (const entry of this.readyEntries()) {
      const sent = this.send(entry).then(() => {
        this.sending.delete(entry);
        this.sendReady();
      });
      this.sending.set(entry, sent);
    }
    const needsRetry = this.sending.size === 0 && this.store.entries.length > 0 && !this.isSignedOut;
    if (needsRetry) this.scheduleFlush(Math.max(backoffMs(this.failures), this.notBefore - Date.now()));
  }

  /** The first entry of each session. One that starts a timer waits until earlier entries are sent or blocked. */
  private readyEntries(): StoredEntry[] {
    if (this.isClosed || this.isSignedOut || Date.now() < this.notBefore) return [];
    const busy = new Set([...this.sending.keys()].map((entry) => this.store.sessionId(entry)));
    const earlier = new Set<string>();
    return this.store.entries.filter((entry) => {
      const session = this.store.sessionId(entry);
      const mayStart = !startsTimer(entry) || [...earlier].every((each) => this.blocked.has(each));
      const isNext = !earlier.has(session) && !this.blocked.has(session) && !busy.has(session);
      earlier.add(session);
      return isNext && mayStart;
    });
  }

  private async send(entry: StoredEntry): Promise<void> {
    try {
      const result = await this.request(entry);
      this.failures = 0;
      if (entry.kind === 'createSession') this.store.setServerId(entry.session, result.id);
      this.store.remove(entry);
      deferCallback(() => this.options.onSent?.(entry, result));
    } catch (error) {
      if (error instanceof ProblemError && this.mayBeClockError(entry, error)) shiftTime(entry);
      else if (error instanceof ProblemError && this.isConflict(error)) this.reportConflict(entry, error);
      else this.postpone(entry, error);
    }
    await this.store.save().catch(() => undefined);
  }

  private async request(entry: StoredEntry): Promise<QueueResult> {
    const { path, body } = (entry.request ??= await this.prepareRequest(entry));
    await this.waitUntilPast(entry);
    const headers = { 'content-type': 'application/json', 'idempotency-key': entry.key };
    const init = { method: 'POST', headers, body: JSON.stringify(body) };
    const response = await this.lockin.fetch(new Request(this.lockin.baseUrl + path, init), { maxRetries: 0 });
    if (!response.ok) throw await readProblem(response);
    const result = (await response.json()) as Partial<QueueResult>;
    if (result.id === undefined) throw new Error('The response is not from the LockIN API.');
    return result as QueueResult;
  }

  /** Stores the request before it is sent, because the app may be closed before the response arrives. */
  private async prepareRequest(entry: StoredEntry): Promise<{ path: string; body: object }> {
    const { clock, fetch, baseUrl } = this.lockin;
    if (!clock.isSynchronised) await fetch(new Request(`${baseUrl}/health/live`), { maxRetries: 0 });
    const session = this.store.sessionId(entry);
    const offset = this.store.offsetFor(session, clock.toServer(0)) + (entry.isShifted ? CLOCK_PRECISION_MS : 0);
    entry.request = requestFor(entry, session, offset);
    await this.store.save().catch(() => undefined);
    return entry.request;
  }

  /** Waits up to a second, because a log that ends now may end in the future of the server's clock. */
  private async waitUntilPast(entry: StoredEntry): Promise<void> {
    const ms = entry.kind === 'addLog' ? entry.endedAt + CLOCK_PRECISION_MS - Date.now() : 0;
    if (ms > 0 && ms <= CLOCK_PRECISION_MS) await sleep(ms);
  }

  /** An action right after one of another device may seem to come before it, by less than the clock's precision. */
  private mayBeClockError(entry: StoredEntry, { code }: ProblemError): boolean {
    return code === 'at_before_transition' && !entry.isShifted;
  }

  /** Not a conflict: a transient problem, a missing sign-in, and a running session whose stop is in this queue. */
  private isConflict(problem: ProblemError): boolean {
    const isQueued = this.store.entries.some((entry) => this.store.sessionId(entry) === problem.session_id);
    const canBeRetried = problem.status === 401 || (problem.code === 'already_running' && isQueued);
    return isPermanent(problem) && !canBeRetried;
  }

  /** Removes the entry. If its session could not be created, removes all entries of the session. */
  private reportConflict(entry: StoredEntry, problem: ProblemError): void {
    const dependsOn = (each: StoredEntry): boolean => entry.kind === 'createSession' && each.session === entry.session;
    for (const refused of this.store.entries.filter((each) => each === entry || dependsOn(each))) {
      this.store.remove(refused);
      deferCallback(() => this.options.onConflict?.(refused, problem));
    }
  }

  private postpone(entry: StoredEntry, error: unknown): void {
    this.blocked.add(this.store.sessionId(entry));
    this.failures++;
    if (!(error instanceof ProblemError)) return;
    this.isSignedOut ||= error.status === 401;
    this.notBefore = Math.max(this.notBefore, Date.now() + (error.retryAfter ?? 0) * 1000);
  }
}

/** Prepares the entry again with a time that is later by the precision of the server's clock. */
function shiftTime(entry: StoredEntry): void {
  entry.isShifted = true;
  delete entry.request;
}
