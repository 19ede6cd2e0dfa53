import {
  createLockInClient,
  createOfflineQueue,
  type FetchInit,
  type LockInClient,
  type OfflineQueue,
  type QueueEntry,
} from '@lockin/sdk';
import type { Person } from '../../support/api.js';
import type { Device, WeekClock } from './week-clock.js';

const MINUTE = 60_000;
const MAX_LENGTH = 12 * 60 * MINUTE;

/** Focused time, by the true clock. */
export interface Interval {
  session: string;
  group: string | null;
  start: number;
  end: number | undefined;
}

interface Timer {
  session: string;
  group: string | null;
  isRunning: boolean;
}

/** A phone on which a person presses buttons, and the ledger of these presses. */
export class WeekPhone implements Device {
  isOnline = true;
  /** When it was last online in a good network. */
  reliableAt = 0;
  /** Whether the app has heard from the server since it was started. */
  isSynchronised = false;
  /** The share of lost requests and responses. */
  loss = 0;
  readonly ledger: Interval[] = [];
  /** Problems that no rule explains. */
  readonly unexpected: string[] = [];
  private readonly stored = new Map<string, string>();
  private bootedAt = 0;
  private timer: Timer | undefined;
  private queue: OfflineQueue | undefined;
  private lockin: LockInClient | undefined;

  constructor(
    readonly person: Person,
    private readonly url: string,
    private readonly clock: WeekClock,
    private readonly random: () => number,
    private skew: number,
  ) {}

  deviceNow(): number {
    return this.clock.now + this.skew;
  }

  monotonicNow(): number {
    return this.clock.now - this.bootedAt;
  }

  /** Kills the app and starts it again. */
  restart(): void {
    this.queue?.close();
    this.bootedAt = this.clock.now;
    this.isSynchronised = false;
    this.lockin = createLockInClient({
      baseUrl: this.url,
      token: () => this.person.token,
      maxRetries: 0,
      fetch: (url, init) => this.fetch(url, init),
    });
    this.queue = createOfflineQueue(this.lockin, {
      storage: { getItem: (key) => this.stored.get(key) ?? null, setItem: (key, text) => this.stored.set(key, text) },
      onConflict: (entry, problem) => this.onConflict(entry, problem.code),
    });
  }

  /** Kills the app while it sends; the requests still reach the server. */
  async restartWhileSending(): Promise<void> {
    const sending = this.queue?.flush();
    await Promise.resolve();
    this.restart();
    await sending;
  }

  /** A request of the app. */
  async refresh(): Promise<void> {
    await this.lockin?.api.GET('/api/me');
  }

  setClock(skew: number): void {
    this.skew = skew;
  }

  async press(choice: number, group: string | null): Promise<void> {
    if (!this.timer) return this.start(group);
    const { timer } = this;
    const verb = choice < 0.5 ? 'stop' : timer.isRunning ? 'pause' : 'resume';
    try {
      await this.queue?.[verb](timer.session);
    } catch {
      // The API refused to create the session: the app shows no timer.
      this.timer = undefined;
      return;
    }
    if (verb === 'resume') this.open(timer);
    else this.closeInterval();
    timer.isRunning = verb === 'resume';
    if (verb === 'stop') this.timer = undefined;
  }

  async flush(): Promise<void> {
    await this.queue?.flush();
    // Callbacks are deferred.
    await new Promise((resolve) => setTimeout(resolve, 0));
    await new Promise((resolve) => setTimeout(resolve, 0));
  }

  get pending(): readonly QueueEntry[] {
    return this.queue?.pending ?? [];
  }

  close(): void {
    this.queue?.close();
  }

  private async start(group: string | null): Promise<void> {
    const { queue } = this;
    if (!queue) return;
    const session = await queue.createSession(group === null ? {} : { group_id: group });
    await queue.start(session);
    this.timer = { session, group, isRunning: true };
    this.open(this.timer);
  }

  private open({ session, group }: Timer): void {
    this.ledger.push({ session, group, start: this.clock.now, end: undefined });
  }

  private closeInterval(): void {
    const last = this.ledger.at(-1);
    if (last) last.end ??= this.clock.now;
  }

  /** Another session runs, or the session or its group has ended: the app shows the timer as stopped. */
  private onConflict(entry: QueueEntry, code: string): void {
    const isExpected = ['already_running', 'invalid_session_transition', 'group_archived'].includes(code);
    if (!isExpected) this.unexpected.push(`${entry.kind}: ${code}`);
    if (entry.session !== this.timer?.session || entry.kind === 'pause' || entry.kind === 'stop') return;
    // What is refused within a minute was never shown as running.
    const last = this.ledger.at(-1);
    const first = this.ledger.find(({ session }) => session === entry.session);
    const refused = entry.kind === 'resume' ? last : first;
    if (last?.end === undefined && this.clock.now - (refused?.start ?? 0) < MINUTE) this.ledger.pop();
    else this.closeInterval();
    this.timer = undefined;
  }

  private async fetch(url: string, init: FetchInit): Promise<Response> {
    const fate = this.random();
    if (!this.isOnline || fate < this.loss / 2) throw new TypeError('Network request failed');
    await this.clock.write();
    const response = await fetch(url, init);
    if (fate < this.loss) throw new TypeError('Network request failed');
    const headers = new Headers(response.headers);
    headers.set('date', this.clock.header);
    this.isSynchronised = true;
    return new Response(response.status === 204 ? null : await response.text(), { status: response.status, headers });
  }
}

/** The focused time in a group, or in solo sessions, up to an instant. */
export function intervalsOf(
  phones: WeekPhone[],
  group: string | null,
  until: number,
): { start: number; end: number }[] {
  return phones
    .flatMap(({ ledger }) => ledger)
    .filter((interval) => interval.group === group)
    .map(({ start, end = until }) => ({ start, end: Math.min(end, start + MAX_LENGTH, until) }))
    .filter(({ start, end }) => start < end);
}
