import type { LockInClient } from '../client.js';
import { type DeviceReading, elapsedSince, readDevice } from '../clock.js';
import { deferCallback } from '../defer-callback.js';
import { isPermanent, ProblemError, readProblem } from '../errors.js';
import { sleep } from '../http/abort.js';
import { onOnlineChange } from '../http/online-events.js';
import { backoffMs } from '../http/retry.js';
import type { Race, RaceChanges } from '../types.js';
import { applyChanges } from './race-changes.js';
import { DEFAULT_TIMING, type RaceTiming } from './race-timing.js';
import { readEvents } from './sse-parser.js';

/**
 * The state of the connection. `live`: changes arrive as they happen. `polling`: the race is requested every few
 * seconds. `offline`: the last attempt failed, and another one follows.
 */
export type RaceState = 'connecting' | 'live' | 'polling' | 'offline';

/** Callbacks of {@link watchRace}. */
export interface RaceListener {
  /** Receives the whole race after each change. */
  onProgress: (race: Race) => void;
  onState?: (state: RaceState) => void;
  /**
   * The race can no longer be read. No callback follows a `not_found`, which says that the user is no member. After
   * `unauthenticated` or `account_deleted` the race is watched again at the next `lockin.signedIn()`.
   */
  onProblem?: (problem: ProblemError) => void;
}

/** A stream that lasted longer than this resets the backoff. */
const STABLE_STREAM_MS = 10_000;

/**
 * Watches a group's race until `close` is called: over a stream if the platform supports it, by polling otherwise. It
 * uses one connection at a time and reconnects by itself. Failures are reported to the listener, not thrown.
 *
 * @example
 * ```ts
 * import { watchRace } from '@lockin/sdk';
 * import { lockin } from './lockin';
 *
 * const { close } = watchRace(lockin, 'd290f1ee-6c54-4b01-90e6-d701748f0851', {
 *   onProgress: (race) => console.log(race.map(({ rank, display_name }) => `${rank}. ${display_name}`)),
 *   onState: (state) => console.log(state),
 *   onProblem: (problem) => console.log(problem.message),
 * });
 * setTimeout(close, 60_000);
 * ```
 */
export function watchRace(
  lockin: LockInClient,
  groupId: string,
  listener: RaceListener,
  timing: Partial<RaceTiming> = {},
): { close: () => void } {
  const watcher = new RaceWatcher(lockin, groupId, listener, { ...DEFAULT_TIMING, ...timing });
  void watcher.run();
  return { close: () => watcher.close() };
}

/** The state of one stream. `isLive` is true once it has sent the race. */
interface StreamState {
  lastChunkAt: DeviceReading;
  isLive: boolean;
  race?: Race;
}

class RaceWatcher {
  private readonly url: string;
  private isClosed = false;
  private state: RaceState | undefined;
  /** The ETag of the latest race, if it came from a poll. Events of a stream have none. */
  private etag: string | null = null;
  private failures = 0;
  private retryMs = 1000;
  /** By the monotonic clock. */
  private streamRetryAt = 0;
  private connection = new AbortController();
  private delay = new AbortController();
  private readonly unsubscribe: (() => void)[];
  private resume = (): void => {};

  constructor(
    private readonly lockin: LockInClient,
    groupId: string,
    private readonly listener: RaceListener,
    private readonly timing: RaceTiming,
  ) {
    this.url = `${lockin.baseUrl}/api/groups/${encodeURIComponent(groupId)}/progress`;
    this.unsubscribe = [
      onOnlineChange((isOnline) => (isOnline ? this.delay : this.connection).abort()),
      lockin.onSignedIn(() => this.resume()),
    ];
  }

  async run(): Promise<void> {
    while (!this.isClosed) await this.wait(await this.connect());
  }

  close(): void {
    this.isClosed = true;
    for (const unsubscribe of this.unsubscribe) unsubscribe();
    this.connection.abort();
    this.delay.abort();
    this.resume();
  }

  /** Resolves after the delay, or earlier when the network is back or the watcher is closed. */
  private async wait(ms: number): Promise<void> {
    this.delay = new AbortController();
    if (this.isClosed || ms === 0) return;
    await sleep(ms, this.delay.signal).catch(() => undefined);
  }

  /** Streams until the stream ends, or polls once. Returns the delay before the next call in milliseconds. */
  private async connect(): Promise<number> {
    this.connection = new AbortController();
    if (this.state === undefined) this.setState('connecting');
    try {
      return await (this.canStream() ? this.stream() : this.poll());
    } catch (error) {
      return await this.handleError(error);
    } finally {
      this.connection.abort();
    }
  }

  /** False until a response has shown that the platform supports streams. */
  private canStream(): boolean {
    return this.lockin.canStream() === true && performance.now() >= this.streamRetryAt;
  }

  private async poll(): Promise<number> {
    const response = await this.get('current', this.etag === null ? {} : { 'if-none-match': this.etag });
    if (response.status !== 304) {
      const race = (await response.json()) as Race;
      this.etag = response.headers.get('etag');
      this.notify(() => this.listener.onProgress(race));
    }
    this.failures = 0;
    if (this.canStream()) return 0;
    this.setState('polling');
    return this.timing.pollIntervalMs;
  }

  private async stream(): Promise<number> {
    const startedAt = performance.now();
    const stream: StreamState = { lastChunkAt: readDevice(), isLive: false };
    const isIdle = (): boolean =>
      elapsedSince(stream.lastChunkAt) > (stream.isLive ? this.timing.idleTimeoutMs : this.timing.firstEventTimeoutMs);
    const idleCheck = setInterval(() => isIdle() && this.connection.abort(), this.timing.idleTimeoutMs / 8);
    try {
      await this.readStream(stream);
    } catch (error) {
      if (!stream.isLive && !isIdle()) throw error;
    } finally {
      clearInterval(idleCheck);
    }
    if (!stream.isLive && isIdle()) return this.fallBackToPolling();
    if (!stream.isLive) throw new Error('The stream had no event.');
    this.failures = performance.now() - startedAt > STABLE_STREAM_MS ? 0 : this.failures + 1;
    this.setState('connecting');
    return this.reconnectDelayMs();
  }

  private async readStream(stream: StreamState): Promise<void> {
    const { body, headers } = await this.get('stream?changes=true', { accept: 'text/event-stream' });
    if (!body || !headers.get('content-type')?.startsWith('text/event-stream'))
      throw new Error('The response is not an event stream.');
    await readEvents(body, this.connection.signal, {
      onChunk: () => (stream.lastChunkAt = readDevice()),
      onRetry: (ms) => (this.retryMs = ms),
      onEvent: ({ name, data }) => {
        const race = nextRace(stream.race, name, data);
        if (race === undefined) return;
        stream.race = race;
        stream.isLive = true;
        this.etag = null;
        this.setState('live');
        this.notify(() => this.listener.onProgress(race));
      },
    });
  }

  /** Without the transport's retries, so that the listener learns of each failure. */
  private async get(path: 'current' | 'stream?changes=true', headers: HeadersInit): Promise<Response> {
    const request = new Request(`${this.url}/${path}`, { headers, signal: this.connection.signal });
    const response = await this.lockin.fetch(request, { maxRetries: 0 });
    if (response.ok || response.status === 304) return response;
    throw await readProblem(response);
  }

  private handleError(error: unknown): number | Promise<number> {
    if (this.isClosed) return 0;
    const problem = error instanceof ProblemError ? error : undefined;
    // too_many_streams: the user watches on other devices as well.
    if (problem?.status === 409) return this.fallBackToPolling();
    if (problem && isPermanent(problem)) return problem.status === 401 ? this.pause(problem) : this.stop(problem);
    this.failures++;
    this.setState('offline');
    return Math.max(this.reconnectDelayMs(), (problem?.retryAfter ?? 0) * 1000);
  }

  private fallBackToPolling(): number {
    this.streamRetryAt = performance.now() + this.timing.streamRetryMs;
    return 0;
  }

  /** Resolves after the next sign-in. */
  private async pause(problem: ProblemError): Promise<number> {
    this.connection.abort();
    this.notify(() => this.listener.onProblem?.(problem));
    await new Promise<void>((resolve) => (this.resume = resolve));
    this.state = undefined;
    return 0;
  }

  private stop(problem: ProblemError): number {
    this.close();
    deferCallback(() => this.listener.onProblem?.(problem));
    return 0;
  }

  /** The random part spreads clients that were disconnected at the same time. */
  private reconnectDelayMs(): number {
    return Math.max(backoffMs(this.failures), this.retryMs * (0.5 + Math.random()));
  }

  private setState(state: RaceState): void {
    if (state === this.state) return;
    this.state = state;
    this.notify(() => this.listener.onState?.(state));
  }

  private notify(callback: () => void): void {
    deferCallback(() => {
      if (!this.isClosed) callback();
    });
  }
}

/** The race after an event. Undefined if the event does not concern the race. */
function nextRace(race: Race | undefined, name: string, data: string): Race | undefined {
  if (name === 'progress') return JSON.parse(data) as Race;
  if (name === 'changes' && race) return applyChanges(race, JSON.parse(data) as RaceChanges);
  return undefined;
}
