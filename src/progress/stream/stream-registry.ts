import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { LiveQueries } from './stream.queries.js';

/** The streams that are open here, as the database counts them by person (specification 7). */
@Injectable()
export class StreamSlots {
  private readonly logger = new Logger(StreamSlots.name);
  private readonly process = randomUUID();
  /** Who each is of. */
  private readonly open = new Map<string, string>();
  /** Closed, and not yet written so. */
  private freed: string[] = [];
  private freeing = false;
  private left = false;

  constructor(private readonly queries: LiveQueries) {}

  /** Counts one stream more and returns its slot, or throws the problem. */
  async take(person: string, group: string): Promise<string> {
    const slot = randomUUID();
    try {
      await this.queries.openStream(person, group, slot, this.process);
    } catch (error) {
      // It may have been counted all the same, if the connection broke afterwards.
      this.free(slot);
      throw error;
    }
    this.open.set(slot, person);
    return slot;
  }

  free(slot: string): void {
    this.open.delete(slot);
    this.freed.push(slot);
    void this.writeFreed();
  }

  /** Says that this process is alive. Answers whether another one has died since. */
  async keep(): Promise<boolean> {
    const anotherDied = await this.queries.keepProcess(this.process);
    await this.writeFreed();
    return anotherDied;
  }

  /** A database that crashed, or another one that stands in for it, may not know of the latest streams. */
  async restore(): Promise<void> {
    if (this.open.size === 0) return;
    await this.queries.keepProcess(this.process);
    const restored = new Map(this.open);
    await this.queries.restoreStreams(this.process, restored);
    // Meanwhile some may have been closed, and forgotten before they were restored.
    for (const stream of restored.keys()) if (!this.open.has(stream)) this.free(stream);
  }

  async leave(): Promise<void> {
    this.left = true;
    await this.queries.forgetProcess(this.process).catch(this.warn);
  }

  /** Many readers may go at once; what could not be written is tried again at the next heartbeat. */
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
