import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { RaceEvent } from './race-event.js';

const HEARTBEAT_MS = 15_000;

/** A client that reads nothing for so long is disconnected. */
const STALLED_MS = 10_000;

/** Time limit for the last bytes of a stream that ends. */
const CLOSE_TIMEOUT_MS = 2_000;

/** The maximum delay of a timer. A stream may also end then: the client reconnects. */
const MAX_DELAY_MS = 2 ** 31 - 1;

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'private, no-cache, no-transform',
  // nginx and others do not buffer the response.
  'x-accel-buffering': 'no',
};

/**
 * The Server-Sent Events of one client (specification 7). At most one event waits for a slow client, which then receives
 * the latest whole race and nothing in between; all clients share the bytes of an event.
 */
export class SseConnection {
  /** Settles when the connection is closed, for whatever reason. */
  readonly closed: Promise<void>;
  private readonly first = Promise.withResolvers<undefined>();
  private heartbeat: NodeJS.Timeout | undefined;
  private expiry: NodeJS.Timeout | undefined;
  private waiting: RaceEvent | undefined;
  private stalled: NodeJS.Timeout | undefined;
  private closeTimeout: NodeJS.Timeout | undefined;

  constructor(
    readonly user: string,
    private readonly tokenExpiresAt: number,
    private readonly reply: FastifyReply,
    /** Whether the client asked for events `changes`; else each event is the whole race. */
    readonly changesOnly: boolean,
  ) {
    this.closed = new Promise((resolve) => reply.raw.once('close', resolve));
    void this.closed.then(() => this.clear());
  }

  /** Settles with the first event, or rejects if the stream is refused. */
  get started(): Promise<unknown> {
    return this.first.promise;
  }

  /** Sends the whole race. */
  send(event: RaceEvent): void {
    if (!this.reply.raw.headersSent) this.start();
    this.write(event, event.whole);
  }

  /** Sends what has changed since the previous event. */
  sendChanges(event: RaceEvent): void {
    this.write(event, event.changes);
  }

  /** Ends the stream, or refuses it with a reason if it has not started. */
  close(reason: unknown): void {
    if (this.reply.raw.headersSent) this.end();
    else this.first.reject(reason);
  }

  private end(): void {
    const { raw } = this.reply;
    raw.end();
    this.closeTimeout ??= setTimeout(() => raw.destroy(), CLOSE_TIMEOUT_MS);
  }

  private start(): void {
    const { raw, request } = this.reply;
    this.first.resolve(undefined);
    if (raw.destroyed) return;
    this.reply.headers(HEADERS).hijack();
    raw.writeHead(200, this.reply.getHeaders() as OutgoingHttpHeaders);
    if (request.method === 'HEAD') return void raw.end();
    raw.on('drain', () => this.sendWaiting()).on('error', () => raw.destroy());
    raw.write('retry: 1000\n\n');
    this.heartbeat = setInterval(() => this.beat(), HEARTBEAT_MS);
    this.expiry = setTimeout(() => this.end(), Math.min(this.tokenExpiresAt - Date.now(), MAX_DELAY_MS));
  }

  private write(event: RaceEvent, bytes: Buffer): void {
    const { raw } = this.reply;
    if (raw.destroyed || raw.writableEnded) return;
    if (!raw.writableNeedDrain) raw.write(bytes);
    else {
      this.waiting = event;
      this.stalled ??= setTimeout(() => raw.destroy(), STALLED_MS);
    }
  }

  private sendWaiting(): void {
    clearTimeout(this.stalled);
    this.stalled = undefined;
    const { waiting } = this;
    this.waiting = undefined;
    if (waiting !== undefined) this.send(waiting);
  }

  private beat(): void {
    if (!this.reply.raw.writableNeedDrain) this.reply.raw.write(': heartbeat\n\n');
  }

  private clear(): void {
    for (const timer of [this.heartbeat, this.expiry, this.stalled, this.closeTimeout]) clearTimeout(timer);
  }
}
