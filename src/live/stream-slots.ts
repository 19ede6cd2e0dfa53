import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { LiveQueries, type OpenStream } from './live.queries.js';

/** How often this process says that it is there. Beyond three times as long its streams do not count: register_stream(). */
const RENEWAL_MS = 5_000;

/**
 * The streams that are open here, as the database knows them: so many a person are counted (SPEC 7), and changes are told
 * only of groups that have one.
 */
@Injectable()
export class StreamSlots {
  private readonly logger = new Logger(StreamSlots.name);
  private readonly process = randomUUID();
  private present: Promise<void> | undefined;
  private renewal: NodeJS.Timeout | undefined;
  private readonly open = new Map<string, OpenStream>();
  /** Closed, and not yet written so. */
  private freed: string[] = [];
  private freeing = false;
  private left = false;

  constructor(private readonly queries: LiveQueries) {}

  /** Counts one stream more and returns its slot, or throws the problem. */
  async take(person: string, group: string): Promise<string> {
    await (this.present ??= this.appear());
    const slot = randomUUID();
    try {
      await this.queries.openStream(person, group, slot, this.process);
    } catch (error) {
      // It may have been counted all the same, if the connection broke afterwards.
      this.free(slot);
      throw error;
    }
    this.open.set(slot, { stream: slot, person, group });
    return slot;
  }

  free(slot: string): void {
    this.open.delete(slot);
    this.freed.push(slot);
    void this.writeFreed();
  }

  /** A database that crashed, or another one that stands in for it, may not know of the latest streams. */
  async restore(): Promise<void> {
    if (this.open.size === 0) return;
    await this.queries.keepProcess(this.process);
    const restored = [...this.open.values()];
    await this.queries.restoreStreams(this.process, restored);
    // Meanwhile some may have been closed, and forgotten before they were restored.
    for (const { stream } of restored) if (!this.open.has(stream)) this.free(stream);
  }

  async leave(): Promise<void> {
    this.left = true;
    clearInterval(this.renewal);
    if (this.present !== undefined) await this.queries.forgetProcess(this.process).catch(this.warn);
  }

  private async appear(): Promise<void> {
    try {
      await this.queries.keepProcess(this.process);
    } catch (error) {
      this.present = undefined;
      throw error;
    }
    this.renewal = setInterval(() => void this.renew(), RENEWAL_MS);
  }

  private async renew(): Promise<void> {
    await this.queries.keepProcess(this.process).catch(this.warn);
    await this.writeFreed();
  }

  /** Many readers may go at once; what could not be written is tried again at the next renewal. */
  private async writeFreed(): Promise<void> {
    if (this.freeing) return;
    this.freeing = true;
    while (this.freed.length > 0 && !this.left) {
      const batch = this.freed;
      this.freed = [];
      try {
        await this.queries.closeStreams(batch);
      } catch (error) {
        this.freed.push(...batch);
        this.warn(error);
        break;
      }
    }
    this.freeing = false;
  }

  private readonly warn = (error: unknown): void => {
    this.logger.warn(`The count of open streams could not be written: ${(error as Error).message}`);
  };
}
