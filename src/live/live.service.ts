import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../auth/caller.js';
import { Listener } from '../database/listener.js';
import { RaceHub } from './race-hub.js';
import { Reader } from './reader.js';
import { StreamSlots } from './stream-slots.js';

/** Until what could not be caught up with is tried again. */
const PAUSE_MS = 1_000;

@Injectable()
export class LiveService implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(LiveService.name);
  private retry: NodeJS.Timeout | undefined;
  private closing = false;

  constructor(
    private readonly listener: Listener,
    private readonly slots: StreamSlots,
    private readonly hub: RaceHub,
  ) {}

  onModuleInit(): void {
    this.listener.listen('group_changed', {
      heard: (group) => this.hub.changed(group),
      missed: () => void this.catchUp(),
    });
  }

  /** Answers with a stream that goes on after this has returned; until it has begun, refusals are problems as usual. */
  async watch(me: Caller, group: string, reply: FastifyReply): Promise<void> {
    const reader = new Reader(me.id, me.tokenExpiresAt, reply);
    const slot = await this.slots.take(me.id, group);
    void reader.closed.then(() => this.slots.free(slot));
    await this.hub.seat(group, reader);
  }

  /** The server waits for open answers before it ends, so streams end first. */
  async onModuleDestroy(): Promise<void> {
    this.closing = true;
    clearTimeout(this.retry);
    this.hub.close();
    await this.slots.leave();
  }

  /** Nothing is told of groups that the database does not know to be watched, so that comes before reading. */
  private async catchUp(): Promise<void> {
    clearTimeout(this.retry);
    try {
      await this.slots.restore();
      this.hub.allChanged();
    } catch (error) {
      if (this.closing) return;
      this.logger.warn(`The open streams could not be restored: ${(error as Error).message}`);
      this.retry = setTimeout(() => void this.catchUp(), PAUSE_MS);
    }
  }
}
