import {
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../../auth/user.js';
import { ANY_GROUP, ChangeNotifier, GROUP_CHANGED } from '../../database/change-notifier.js';
import { Listener } from '../../database/listener.js';
import { RaceHub } from './race-broadcaster.js';
import { Reader } from './sse-connection.js';
import { StreamSlots } from './stream-registry.js';

/** What other processes take for dead, record_process_heartbeat() says; the intervals belong together. */
const HEARTBEAT_MS = 3_000;

/** Until the streams are restored that could not be. */
const PAUSE_MS = 1_000;

@Injectable()
export class LiveService implements OnModuleInit, OnModuleDestroy, OnApplicationShutdown {
  private readonly logger = new Logger(LiveService.name);
  private heartbeat: NodeJS.Timeout | undefined;
  private retry: NodeJS.Timeout | undefined;
  private closing = false;

  constructor(
    private readonly listener: Listener,
    private readonly changes: ChangeNotifier,
    private readonly slots: StreamSlots,
    private readonly hub: RaceHub,
  ) {}

  /** Others know of this process before it serves anything. */
  async onModuleInit(): Promise<void> {
    this.listener.listen(GROUP_CHANGED, {
      heard: (group) => (group === ANY_GROUP ? this.hub.allChanged() : this.hub.changed(group)),
      missed: () => {
        this.hub.allChanged();
        void this.restoreStreams();
      },
    });
    this.heartbeat = setInterval(() => void this.beat(), HEARTBEAT_MS);
    await this.beat();
  }

  /** Answers with a stream that goes on after this has returned; until it has begun, refusals are problems as usual. */
  async watch(me: Caller, group: string, reply: FastifyReply, changesOnly: boolean): Promise<void> {
    const reader = new Reader(me.id, me.tokenExpiresAt, reply, changesOnly);
    const slot = await this.slots.take(me.id, group);
    void reader.closed.then(() => this.slots.free(slot));
    await this.hub.seat(group, reader);
  }

  /** The server waits for open answers before it ends, so streams end first. */
  onModuleDestroy(): void {
    this.closing = true;
    clearTimeout(this.retry);
    this.hub.close();
  }

  /** Whoever leaves changes untold counts as dead, so that others look. */
  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.heartbeat);
    if (await this.changes.flush()) await this.slots.leave();
  }

  private async beat(): Promise<void> {
    try {
      if (await this.slots.keep()) this.hub.allChanged();
    } catch (error) {
      this.logger.warn(`The heartbeat could not be recorded: ${(error as Error).message}`);
    }
  }

  private async restoreStreams(): Promise<void> {
    clearTimeout(this.retry);
    try {
      await this.slots.restore();
    } catch (error) {
      if (this.closing) return;
      this.logger.warn(`The open streams could not be restored: ${(error as Error).message}`);
      this.retry = setTimeout(() => void this.restoreStreams(), PAUSE_MS);
    }
  }
}
