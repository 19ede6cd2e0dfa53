import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { setTimeout as after } from 'node:timers/promises';
import { DatabaseMetrics } from './database-metrics.js';
import { Listener } from './listener.js';

/** Channel of the ids of groups whose race has changed, notified by triggers and ChangeNotifier. */
export const GROUP_CHANGED = 'group_changed';

/** Payload for all groups, if it is unknown what was committed. */
export const ANY_GROUP = '';

/** Between statements; changes in the meantime are notified together. */
const INTERVAL_MS = 20;
const RETRY_MS = 500;

/** Time limit for pending notifications at shutdown. */
const FLUSH_MS = 2_000;

/**
 * Notifies all processes, including this one, of changes that this process has committed. NOTIFY inside the transactions
 * would serialize the commits of the whole cluster. One statement at a time; failed ones are retried.
 */
@Injectable()
export class ChangeNotifier implements OnApplicationShutdown {
  private readonly logger = new Logger(ChangeNotifier.name);
  /** When the earliest change of each group was committed, in milliseconds of `performance.now()`. */
  private readonly pending = new Map<string, number>();
  private sending: Promise<void> | undefined;
  private closed = false;

  constructor(
    private readonly listener: Listener,
    private readonly metrics: DatabaseMetrics,
  ) {
    metrics.watchListener(() => listener.isConnected);
  }

  notify(groups: readonly string[]): void {
    if (groups.length > 0) this.add(groups, performance.now());
    if (this.pending.size > 0) this.sending ??= this.send();
  }

  /** Waits for pending notifications, for a limited time; returns whether all were sent. */
  async flush(): Promise<boolean> {
    await Promise.race([this.sending, after(FLUSH_MS, undefined, { ref: false })]);
    return this.sending === undefined;
  }

  /** The last user of the listener's connection closes it. */
  async onApplicationShutdown(): Promise<void> {
    await this.flush();
    this.closed = true;
    await this.listener.close();
  }

  private add(groups: readonly string[], committedAt: number): void {
    for (const group of groups) if (!this.pending.has(group)) this.pending.set(group, committedAt);
  }

  private async send(): Promise<void> {
    while (this.pending.size > 0 && !this.closed) {
      const changes = new Map(this.pending);
      this.pending.clear();
      const pauseMs = await this.sendNow(changes);
      await after(pauseMs, undefined, { ref: false });
    }
    this.sending = undefined;
  }

  private async sendNow(changes: ReadonlyMap<string, number>): Promise<number> {
    try {
      await this.listener.notify(GROUP_CHANGED, [...changes.keys()]);
      // PostgreSQL sends a connection's own notifications before the answer.
      this.metrics.observeNotified(changes.values());
      return INTERVAL_MS;
    } catch (error) {
      this.logger.debug(`Cannot notify a change yet: ${(error as Error).message}`);
      for (const [group, committedAt] of changes) this.pending.set(group, committedAt);
      return RETRY_MS;
    }
  }
}
