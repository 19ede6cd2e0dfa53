import {
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { User } from '../../auth/user.js';
import { ANY_GROUP, ChangeNotifier, GROUP_CHANGED } from '../../database/change-notifier.js';
import { Listener } from '../../database/listener.js';
import { RaceBroadcaster } from './race-broadcaster.js';
import { SseConnection } from './sse-connection.js';
import { StreamRegistry } from './stream-registry.js';

/** record_process_heartbeat() says after how many missing ones a process counts as dead. */
const HEARTBEAT_MS = 3_000;

const RESTORE_RETRY_MS = 1_000;

@Injectable()
export class StreamService implements OnModuleInit, OnModuleDestroy, OnApplicationShutdown {
  private readonly logger = new Logger(StreamService.name);
  private heartbeat: NodeJS.Timeout | undefined;
  private retry: NodeJS.Timeout | undefined;
  private closing = false;

  constructor(
    private readonly listener: Listener,
    private readonly changes: ChangeNotifier,
    private readonly registry: StreamRegistry,
    private readonly broadcaster: RaceBroadcaster,
  ) {}

  /** The process is registered before it serves requests. */
  async onModuleInit(): Promise<void> {
    this.listener.subscribe(GROUP_CHANGED, {
      onMessage: (group) => (group === ANY_GROUP ? this.broadcaster.allChanged() : this.broadcaster.changed(group)),
      onReconnect: () => {
        this.broadcaster.allChanged();
        void this.restoreStreams();
      },
    });
    this.heartbeat = setInterval(() => void this.beat(), HEARTBEAT_MS);
    await this.beat();
  }

  /** Starts a stream, which goes on after this has returned; errors before its first event are problems as usual. */
  async watch(user: User, group: string, reply: FastifyReply, changesOnly: boolean): Promise<void> {
    const connection = new SseConnection(user.id, user.tokenExpiresAt, reply, changesOnly);
    const stream = await this.registry.register(user.id, group);
    void connection.closed.then(() => this.registry.release(stream));
    await this.broadcaster.subscribe(group, connection);
  }

  /** Streams end first: the server waits for open responses before it closes. */
  onModuleDestroy(): void {
    this.closing = true;
    clearTimeout(this.retry);
    this.broadcaster.close();
  }

  /** A process that could not notify all changes stays registered, so that it counts as dead and others read again. */
  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.heartbeat);
    if (await this.changes.flush()) await this.registry.shutdown();
  }

  private async beat(): Promise<void> {
    try {
      if (await this.registry.heartbeat()) this.broadcaster.allChanged();
    } catch (error) {
      this.logger.debug(`Cannot record the heartbeat: ${(error as Error).message}`);
    }
  }

  private async restoreStreams(): Promise<void> {
    clearTimeout(this.retry);
    try {
      await this.registry.restore();
    } catch (error) {
      if (this.closing) return;
      this.logger.debug(`Cannot restore the open streams: ${(error as Error).message}`);
      this.retry = setTimeout(() => void this.restoreStreams(), RESTORE_RETRY_MS);
    }
  }
}
