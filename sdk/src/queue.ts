import type { LockIn } from './client.js';
import { onNetwork } from './network.js';
import { isFinal, ProblemError, problemOf } from './problem.js';
import {
  localId,
  type NewSession,
  type QueueAnswer,
  type QueueEntry,
  requestFor,
  startsTimer,
  type Verb,
} from './queue-entries.js';
import { CLOCK_PRECISION_MS, type QueueStorage, QueueStore, type StoredEntry } from './queue-store.js';
import { randomKey } from './random.js';
import { backoff, sleep } from './retries.js';
import { inOwnTurn } from './turn.js';

export type { NewSession, QueueAnswer, QueueEntry, QueueStorage };

export interface OfflineQueueOptions {
  /** Where entries outlive the app, such as AsyncStorage. Without one they live as long as the queue. */
  storage?: QueueStorage;
  /** Its key in the storage: one for each person who signs in on the device. */
  storageKey?: string;
  /** The server has refused it, and it will not be sent again. The entries after it go on. */
  onConflict?: (entry: QueueEntry, problem: ProblemError) => void;
  onSent?: (entry: QueueEntry, answer: QueueAnswer) => void;
}

/** By the device's clock. */
export type DeviceTime = Date | number;

/**
 * What a person does with sessions, sent as soon as there is a network, with the time when it was done. Every method
 * resolves as soon as the entry is stored, and rejects if the storage fails; it is sent all the same then.
 */
export interface OfflineQueue {
  /** Resolves to a local id that stands for the session from now on. */
  createSession: (session?: NewSession) => Promise<string>;
  start: (session: string, at?: DeviceTime) => Promise<void>;
  pause: (session: string, at?: DeviceTime) => Promise<void>;
  resume: (session: string, at?: DeviceTime) => Promise<void>;
  stop: (session: string, at?: DeviceTime) => Promise<void>;
  addLog: (session: string, time: { startedAt: DeviceTime; endedAt: DeviceTime }) => Promise<void>;
  /** Sends what can be sent now, such as after signing in, or when the network is back. Resolves when that is done. */
  flush: () => Promise<void>;
  /** What has not been sent, in order. Empty until the storage has been read. */
  readonly pending: readonly QueueEntry[];
  /** The server's id of a session with a local one, once it is known. */
  idOf: (session: string) => string | undefined;
  /** Sends no more; what is pending stays in the storage. */
  close: () => void;
}

export function createOfflineQueue(lockin: LockIn, options: OfflineQueueOptions = {}): OfflineQueue {
  const queue = new SendingQueue(lockin, options);
  const verb =
    (kind: Verb) =>
    (session: string, at: DeviceTime = Date.now()): Promise<void> =>
      queue.add({ key: randomKey(), kind, session, at: Number(at) });

  return {
    createSession: async (body = {}) => {
      const key = randomKey();
      await queue.add({ key, kind: 'createSession', session: localId(key), body });
      return localId(key);
    },
    start: verb('start'),
    pause: verb('pause'),
    resume: verb('resume'),
    stop: verb('stop'),
    addLog: (session, { startedAt, endedAt }) =>
      queue.add({
        key: randomKey(),
        kind: 'addLog',
        session,
        startedAt: Number(startedAt),
        endedAt: Number(endedAt),
      }),
    flush: () => queue.flush(),
    get pending() {
      return queue.pending;
    },
    idOf: (session) => queue.idOf(session),
    close: () => queue.close(),
  };
}

class SendingQueue {
  private readonly store: QueueStore;
  private readonly sending = new Map<StoredEntry, Promise<void>>();
  /** Sessions whose first entry could not be sent; their others wait behind it. */
  private readonly stuck = new Set<string>();
  private readonly stopHearing: () => void;
  private failures = 0;
  /** The server has asked to be left alone until then. */
  private notBefore = 0;
  private isSignedOut = false;
  private isClosed = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly lockin: LockIn,
    private readonly options: OfflineQueueOptions,
  ) {
    this.store = new QueueStore(options.storageKey ?? 'lockin.queue', options.storage);
    this.stopHearing = onNetwork((online) => online && this.flushLater(0));
    this.flushLater(0);
  }

  get pending(): readonly QueueEntry[] {
    return this.store.entries;
  }

  idOf(session: string): string | undefined {
    const id = this.store.sessionOf({ session });
    return id === session ? undefined : id;
  }

  async add(entry: QueueEntry): Promise<void> {
    await this.store.loaded;
    if (entry.kind !== 'createSession' && !this.store.knows(entry.session))
      throw new Error(`No session was created as ${entry.session}, or the server has refused it.`);
    this.store.entries.push(entry);
    this.flushLater(0);
    await this.store.save();
  }

  async flush(): Promise<void> {
    clearTimeout(this.timer);
    await this.store.loaded;
    this.stuck.clear();
    this.isSignedOut = false;
    this.sendReady();
    while (this.sending.size > 0) await Promise.all(this.sending.values());
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.stopHearing();
  }

  private flushLater(ms: number): void {
    clearTimeout(this.timer);
    if (!this.isClosed) this.timer = setTimeout(() => void this.flush().catch(() => undefined), ms);
  }

  private sendReady(): void {
    for (const entry of this.ready()) {
      const work = this.send(entry).then(() => {
        this.sending.delete(entry);
        this.sendReady();
      });
      this.sending.set(entry, work);
    }
    const isWaiting = this.sending.size === 0 && this.store.entries.length > 0 && !this.isSignedOut;
    if (isWaiting) this.flushLater(Math.max(backoff(this.failures), this.notBefore - Date.now()));
  }

  /** The first entry of each session; a timer is started only when what was done before has been sent or is stuck. */
  private ready(): StoredEntry[] {
    if (this.isClosed || this.isSignedOut || Date.now() < this.notBefore) return [];
    const earlier = new Set<string>();
    return this.store.entries.filter((entry) => {
      const session = this.store.sessionOf(entry);
      const mayStart = !startsTimer(entry) || [...earlier].every((each) => this.stuck.has(each));
      const isNext = !earlier.has(session) && !this.stuck.has(session) && !this.sending.has(entry);
      earlier.add(session);
      return isNext && mayStart;
    });
  }

  private async send(entry: StoredEntry): Promise<void> {
    try {
      const answer = await this.request(entry);
      this.failures = 0;
      if (entry.kind === 'createSession') this.store.name(entry.session, answer.id);
      this.store.remove(entry);
      inOwnTurn(() => this.options.onSent?.(entry, answer));
    } catch (error) {
      if (error instanceof ProblemError && this.isTooEarly(entry, error)) this.store.shift(entry);
      else if (error instanceof ProblemError && this.isRefused(error)) this.refuse(entry, error);
      else this.postpone(entry, error);
    }
    await this.store.save().catch(() => undefined);
  }

  private async request(entry: StoredEntry): Promise<QueueAnswer> {
    const { path, body } = (entry.sent ??= await this.written(entry));
    await this.untilPast(entry);
    const headers = { 'content-type': 'application/json', 'idempotency-key': entry.key };
    const init = { method: 'POST', headers, body: JSON.stringify(body) };
    const response = await this.lockin.fetch(new Request(this.lockin.baseUrl + path, init), { retries: 0 });
    if (!response.ok) throw await problemOf(response);
    const answer = (await response.json()) as Partial<QueueAnswer>;
    if (answer.id === undefined) throw new Error("The answer is none of LockIN's.");
    return answer as QueueAnswer;
  }

  /** What is sent, once and for all; stored first, because the app may be closed before the answer comes. */
  private async written(entry: StoredEntry): Promise<{ path: string; body: object }> {
    const { clock, fetch, baseUrl } = this.lockin;
    if (!clock.isSynchronised) await fetch(new Request(`${baseUrl}/health/live`), { retries: 0 });
    const session = this.store.sessionOf(entry);
    entry.sent = requestFor(entry, session, this.store.aheadFor(session, clock.toServer(0)));
    await this.store.save().catch(() => undefined);
    return entry.sent;
  }

  /** A log that ends now could lie in the server's future by the part of a second that nobody knows. */
  private async untilPast(entry: StoredEntry): Promise<void> {
    const early = entry.kind === 'addLog' ? entry.endedAt + CLOCK_PRECISION_MS - Date.now() : 0;
    if (early > 0 && early <= CLOCK_PRECISION_MS) await sleep(early);
  }

  /** What follows at once on what another device did may seem to come before it. */
  private isTooEarly(entry: StoredEntry, { code }: ProblemError): boolean {
    return code === 'at_before_transition' && !entry.isShifted;
  }

  /** A problem that passes by itself is none, nor is one that signing in mends, or a stop that is still in this queue. */
  private isRefused(problem: ProblemError): boolean {
    const isOurs = this.store.entries.some((entry) => this.store.sessionOf(entry) === problem.session_id);
    const waits = problem.status === 401 || (problem.code === 'already_running' && isOurs);
    return isFinal(problem) && !waits;
  }

  /** Without its session nothing can be done with it. */
  private refuse(entry: StoredEntry, problem: ProblemError): void {
    const isLost = (each: StoredEntry): boolean => entry.kind === 'createSession' && each.session === entry.session;
    for (const refused of this.store.entries.filter((each) => each === entry || isLost(each))) {
      this.store.remove(refused);
      inOwnTurn(() => this.options.onConflict?.(refused, problem));
    }
  }

  private postpone(entry: StoredEntry, error: unknown): void {
    this.stuck.add(this.store.sessionOf(entry));
    this.failures++;
    if (!(error instanceof ProblemError)) return;
    this.isSignedOut = error.status === 401;
    this.notBefore = Date.now() + (error.retryAfter ?? 0) * 1000;
  }
}
