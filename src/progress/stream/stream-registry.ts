import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { Problem } from '../../common/problem.js';
import { Database } from '../../database/database.js';
import * as sql from './stream.sql.js';

/** The open streams of this process, as the database counts them by user (specification 7). */
@Injectable()
export class StreamRegistry {
  private readonly logger = new Logger(StreamRegistry.name);
  private readonly process = randomUUID();
  /** The user of each open stream. */
  private readonly open = new Map<string, string>();
  /** Closed streams that the database still counts. */
  private closed: string[] = [];
  private isWriting = false;
  private isShutDown = false;

  constructor(private readonly database: Database) {}

  /** Counts a stream and returns its id. Errors: not_found for a user who is no member, too_many_streams. */
  async register(user: string, group: string): Promise<string> {
    const stream = randomUUID();
    try {
      await this.database.one(sql.registerStream, user, group, stream, this.process);
    } catch (error) {
      // It may be counted all the same, if the connection broke after the commit.
      if (!(error instanceof Problem) || error.code === 'unavailable') this.release(stream);
      throw error;
    }
    this.open.set(stream, user);
    return stream;
  }

  release(stream: string): void {
    this.open.delete(stream);
    this.closed.push(stream);
    void this.writeClosed();
  }

  /**
   * Records that this process is alive: without it, its streams soon no longer count. Returns whether another process has
   * died since.
   */
  async heartbeat(): Promise<boolean> {
    const { another_died } = await this.database.one(sql.recordHeartbeat, this.process);
    await this.writeClosed();
    return another_died;
  }

  /** Counts the open streams again: a database that crashed, or its replacement, may not know the latest ones. */
  async restore(): Promise<void> {
    if (this.open.size === 0) return;
    await this.database.one(sql.recordHeartbeat, this.process);
    const streams = new Map(this.open);
    await this.database.all(sql.restoreStreams, this.process, [...streams.keys()], [...streams.values()]);
    // Streams that closed in the meantime may have been deleted before they were restored.
    for (const stream of streams.keys()) if (!this.open.has(stream)) this.release(stream);
  }

  /** Removes the process and with it all of its streams. */
  async shutdown(): Promise<void> {
    this.isShutDown = true;
    await this.database.all(sql.removeProcess, this.process).catch(this.warn);
  }

  /** Many streams may close at once; what cannot be written now is tried again at the next heartbeat. */
  private async writeClosed(): Promise<void> {
    if (this.isWriting) return;
    this.isWriting = true;
    while (this.closed.length > 0 && !this.isShutDown) {
      const batch = this.closed;
      this.closed = [];
      try {
        await this.database.all(sql.closeStreams, batch);
      } catch (error) {
        this.closed.push(...batch);
        this.warn(error);
        break;
      }
    }
    this.isWriting = false;
  }

  private readonly warn = (error: unknown): void => {
    this.logger.debug(`Cannot write the count of open streams: ${(error as Error).message}`);
  };
}
