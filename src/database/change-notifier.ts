import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { setTimeout as after } from 'node:timers/promises';
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
  private readonly pending = new Set<string>();
  private sending: Promise<void> | undefined;
  private closed = false;

  constructor(private readonly listener: Listener) {}

  notify(groups: readonly string[]): void {
    for (const group of groups) this.pending.add(group);
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

  private async send(): Promise<void> {
    while (this.pending.size > 0 && !this.closed) {
      const groups = [...this.pending];
      this.pending.clear();
      const pauseMs = await this.sendNow(groups);
      await after(pauseMs, undefined, { ref: false });
    }
    this.sending = undefined;
  }

  private async sendNow(groups: string[]): Promise<number> {
    try {
      await this.listener.notify(GROUP_CHANGED, groups);
      return INTERVAL_MS;
    } catch (error) {
      this.logger.debug(`Cannot notify a change yet: ${(error as Error).message}`);
      for (const group of groups) this.pending.add(group);
      return RETRY_MS;
    }
  }
}
