import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../auth/caller.js';
import { RaceHub } from './race-hub.js';
import { Reader } from './reader.js';
import { StreamSlots } from './stream-slots.js';

@Injectable()
export class LiveService implements OnModuleDestroy {
  constructor(
    private readonly slots: StreamSlots,
    private readonly hub: RaceHub,
  ) {}

  /** Answers with a stream that goes on after this has returned; until it has begun, refusals are problems as usual. */
  async watch(me: Caller, group: string, reply: FastifyReply): Promise<void> {
    const reader = new Reader(me.id, me.tokenExpiresAt, reply);
    const slot = await this.slots.take(me.id, group);
    void reader.closed.then(() => this.slots.free(slot));
    await this.hub.seat(group, reader);
  }

  /** The server waits for open answers before it ends, so streams end first. */
  async onModuleDestroy(): Promise<void> {
    this.hub.close();
    await this.slots.leave();
  }
}
