import type { LockIn } from './client.js';
import { onNetwork } from './network.js';
import { isFinal, ProblemError, problemOf } from './problem.js';
import { applyChanges, type Race, type RaceChanges } from './race-changes.js';
import { backoff, sleep } from './retries.js';
import { readEvents } from './sse.js';
import { inOwnTurn } from './turn.js';

/** `live`: changes come as they happen. `polling`: every few seconds. `offline`: it goes on as soon as it can. */
export type RaceState = 'connecting' | 'live' | 'polling' | 'offline';

export interface RaceListener {
  onProgress: (race: Race) => void;
  onState?: (state: RaceState) => void;
  /** The race cannot be seen (any more): `not_found` for who is no member, `unauthenticated`. Nothing follows it. */
  onProblem?: (problem: ProblemError) => void;
}

export interface RaceTiming {
  /** Between two questions where the platform does not stream. */
  pollMs: number;
  /** A connection that says nothing for so long, not even a heartbeat, is lost. */
  silenceMs: number;
  /** A stream that has told nothing by then is held back by something on the way. */
  firstEventMs: number;
  /** So long it is polled instead of a stream that is held back, or one too many. */
  streamAgainMs: number;
}

const TIMING: RaceTiming = { pollMs: 5_000, silenceMs: 40_000, firstEventMs: 10_000, streamAgainMs: 60_000 };
/** A stream that lasted so long had no trouble: the next one starts without a longer wait. */
const STEADY_MS = 10_000;

/** Shows a group's race for as long as it is watched: over one connection at a time, which comes back by itself. */
export function watchRace(
  lockin: LockIn,
  groupId: string,
  listener: RaceListener,
  timing: Partial<RaceTiming> = {},
): { close: () => void } {
  const watch = new RaceWatch(lockin, groupId, listener, { ...TIMING, ...timing });
  void watch.run();
  return { close: () => watch.close() };
}

/** Of one stream: when something came last, whether it has told the race, and how the race is by now. */
interface Life {
  heard: number;
  isLive: boolean;
  race?: Race;
}

class RaceWatch {
  private readonly url: string;
  private closed = false;
  private state: RaceState | undefined;
  /** Of the race told last, if it came by polling: a stream's has none. */
  private etag: string | null = null;
  private failures = 0;
  private retryMs = 1000;
  private streamAgainAt = 0;
  private connection = new AbortController();
  private pause = new AbortController();
  private readonly stopHearing: () => void;

  constructor(
    private readonly lockin: LockIn,
    groupId: string,
    private readonly listener: RaceListener,
    private readonly timing: RaceTiming,
  ) {
    this.url = `${lockin.baseUrl}/api/groups/${encodeURIComponent(groupId)}/progress`;
    this.stopHearing = onNetwork((online) => (online ? this.pause : this.connection).abort());
  }

  async run(): Promise<void> {
    this.say('connecting');
    while (!this.closed) await this.rest(await this.attempt());
  }

  close(): void {
    this.closed = true;
    this.stopHearing();
    this.connection.abort();
    this.pause.abort();
  }

  /** Until the time is over, the network is back, or it is closed. */
  private async rest(ms: number): Promise<void> {
    this.pause = new AbortController();
    if (this.closed || ms === 0) return;
    await sleep(ms, this.pause.signal).catch(() => undefined);
  }

  /** Answers how long to wait before the next one. */
  private async attempt(): Promise<number> {
    this.connection = new AbortController();
    try {
      return await (this.mayStream() ? this.stream() : this.poll());
    } catch (error) {
      return this.failed(error);
    } finally {
      this.connection.abort();
    }
  }

  /** Not before an answer has shown whether the platform streams. */
  private mayStream(): boolean {
    return this.lockin.canStream() === true && Date.now() >= this.streamAgainAt;
  }

  private async poll(): Promise<number> {
    const response = await this.ask('current', this.etag === null ? {} : { 'if-none-match': this.etag });
    if (response.status !== 304) {
      const race = (await response.json()) as Race;
      this.etag = response.headers.get('etag');
      this.tell(() => this.listener.onProgress(race));
    }
    this.failures = 0;
    if (this.mayStream()) return 0;
    this.say('polling');
    return this.timing.pollMs;
  }

  private async stream(): Promise<number> {
    const began = Date.now();
    const life: Life = { heard: began, isLive: false };
    const isSilent = (): boolean =>
      Date.now() - life.heard > (life.isLive ? this.timing.silenceMs : this.timing.firstEventMs);
    const watchdog = setInterval(() => isSilent() && this.connection.abort(), this.timing.silenceMs / 8);
    try {
      await this.listen(life);
    } catch (error) {
      if (!life.isLive && !isSilent()) throw error;
    } finally {
      clearInterval(watchdog);
    }
    if (!life.isLive && isSilent()) return this.pollForAWhile();
    if (!life.isLive) throw new Error('The stream ended before it began.');
    this.failures = Date.now() - began > STEADY_MS ? 0 : this.failures + 1;
    this.say('connecting');
    return this.reconnectMs();
  }

  private async listen(life: Life): Promise<void> {
    const { body, headers } = await this.ask('stream?changes=true', { accept: 'text/event-stream' });
    if (!body || !headers.get('content-type')?.startsWith('text/event-stream')) throw new Error('This is no stream.');
    await readEvents(body, this.connection.signal, {
      onChunk: () => (life.heard = Date.now()),
      onRetry: (ms) => (this.retryMs = ms),
      onEvent: ({ name, data }) => {
        const race = raceAfter(life.race, name, data);
        if (race === undefined) return;
        life.race = race;
        life.isLive = true;
        this.etag = null;
        this.say('live');
        this.tell(() => this.listener.onProgress(race));
      },
    });
  }

  /** Without the transport's retries: here each failure is told. */
  private async ask(what: 'current' | 'stream?changes=true', headers: HeadersInit): Promise<Response> {
    const request = new Request(`${this.url}/${what}`, { headers, signal: this.connection.signal });
    const response = await this.lockin.fetch(request, { retries: 0 });
    if (response.ok || response.status === 304) return response;
    throw await problemOf(response);
  }

  private failed(error: unknown): number {
    if (this.closed) return 0;
    const problem = error instanceof ProblemError ? error : undefined;
    // Too many streams: this person watches elsewhere as well.
    if (problem?.status === 409) return this.pollForAWhile();
    if (problem && isFinal(problem)) return this.end(problem);
    this.failures++;
    this.say('offline');
    return Math.max(this.reconnectMs(), (problem?.retryAfter ?? 0) * 1000);
  }

  private pollForAWhile(): number {
    this.streamAgainAt = Date.now() + this.timing.streamAgainMs;
    return 0;
  }

  private end(problem: ProblemError): number {
    this.close();
    inOwnTurn(() => this.listener.onProblem?.(problem));
    return 0;
  }

  /** Those who were cut off together do not come back together. */
  private reconnectMs(): number {
    return Math.max(backoff(this.failures), this.retryMs * (0.5 + Math.random()));
  }

  private say(state: RaceState): void {
    if (state === this.state) return;
    this.state = state;
    this.tell(() => this.listener.onState?.(state));
  }

  private tell(what: () => void): void {
    inOwnTurn(() => {
      if (!this.closed) what();
    });
  }
}

/** Undefined where an event says nothing of the race. */
function raceAfter(race: Race | undefined, name: string, data: string): Race | undefined {
  if (name === 'progress') return JSON.parse(data) as Race;
  if (name === 'changes' && race) return applyChanges(race, JSON.parse(data) as RaceChanges);
  return undefined;
}
