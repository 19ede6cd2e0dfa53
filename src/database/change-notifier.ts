import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { setTimeout as after } from 'node:timers/promises';
import { Listener } from './listener.js';

/** On this channel triggers and ChangeNotifier name the groups whose race has changed. */
export const GROUP_CHANGED = 'group_changed';

/** Stands for all groups, where it is not known what was committed. */
export const ANY_GROUP = '';

/** What is committed meanwhile goes with the next statement. */
const SPACING_MS = 20;
const RETRY_MS = 500;

/** How long the end of the process waits for what is still to be sent. */
const FLUSH_MS = 2_000;

/**
 * Notifies all processes, this one included, of what this process has committed: NOTIFY within a transaction would make
 * all writers of the cluster commit one after the other. One statement at a time, retried until it has arrived.
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

  /** Settles when everything is sent, or cannot be sent in time. Answers whether it was. */
  async flush(): Promise<boolean> {
    await Promise.race([this.sending, after(FLUSH_MS, undefined, { ref: false })]);
    return this.sending === undefined;
  }

  /** Nobody uses the listener's connection after this. */
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
      return SPACING_MS;
    } catch (error) {
      this.logger.warn(`A change could not be told yet: ${(error as Error).message}`);
      for (const group of groups) this.pending.add(group);
      return RETRY_MS;
    }
  }
}
