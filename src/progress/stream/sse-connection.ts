import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { RaceEvent } from './race-event.js';

const HEARTBEAT_MS = 15_000;

/** How long somebody who does not read may miss events before the connection is broken off. */
const PATIENCE_MS = 10_000;

/** How long the last bytes of a stream that ends may take. */
const FAREWELL_MS = 2_000;

/** The longest that a timer can wait. A stream may end then, too: every other one begins whole. */
const LONGEST_MS = 2 ** 31 - 1;

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  // Asks nginx and its like to pass on each event as it comes.
  'x-accel-buffering': 'no',
};

/**
 * One person at the other end of a stream (specification 7). Whoever is slow to read gets the latest race as a whole and none of
 * those in between: at most one event waits for a reader, and all wait for the same bytes.
 */
export class Reader {
  /** When the connection is no more, however that came. */
  readonly closed: Promise<void>;
  private readonly first = Promise.withResolvers<undefined>();
  private heartbeat: NodeJS.Timeout | undefined;
  private expiry: NodeJS.Timeout | undefined;
  private missed: RaceEvent | undefined;
  private patience: NodeJS.Timeout | undefined;
  private farewell: NodeJS.Timeout | undefined;

  constructor(
    readonly person: string,
    private readonly until: number,
    private readonly reply: FastifyReply,
    /** Whether they asked for changes; else they are shown the whole race each time. */
    readonly changesOnly: boolean,
  ) {
    this.closed = new Promise((resolve) => reply.raw.once('close', resolve));
    void this.closed.then(() => this.clear());
  }

  /** Settles with the first event, or with why there is none. */
  get begun(): Promise<unknown> {
    return this.first.promise;
  }

  /** The race as a whole. */
  show(event: RaceEvent): void {
    if (!this.reply.raw.headersSent) this.begin();
    this.write(event, event.whole);
  }

  /** What has changed since the event before. */
  showChanges(event: RaceEvent): void {
    this.write(event, event.changes);
  }

  /** Ends the stream, or refuses it if it has not begun. */
  dismiss(why: unknown): void {
    if (this.reply.raw.headersSent) this.end();
    else this.first.reject(why);
  }

  private end(): void {
    const { raw } = this.reply;
    raw.end();
    this.farewell ??= setTimeout(() => raw.destroy(), FAREWELL_MS);
  }

  private begin(): void {
    const { raw, request } = this.reply;
    this.first.resolve(undefined);
    if (raw.destroyed) return;
    this.reply.headers(HEADERS).hijack();
    raw.writeHead(200, this.reply.getHeaders() as OutgoingHttpHeaders);
    if (request.method === 'HEAD') return void raw.end();
    raw.on('drain', () => this.catchUp()).on('error', () => raw.destroy());
    raw.write('retry: 1000\n\n');
    this.heartbeat = setInterval(() => this.beat(), HEARTBEAT_MS);
    this.expiry = setTimeout(() => this.end(), Math.min(this.until - Date.now(), LONGEST_MS));
  }

  private write(event: RaceEvent, bytes: Buffer): void {
    const { raw } = this.reply;
    if (raw.destroyed || raw.writableEnded) return;
    if (!raw.writableNeedDrain) raw.write(bytes);
    else {
      this.missed = event;
      this.patience ??= setTimeout(() => raw.destroy(), PATIENCE_MS);
    }
  }

  private catchUp(): void {
    clearTimeout(this.patience);
    this.patience = undefined;
    const { missed } = this;
    this.missed = undefined;
    if (missed !== undefined) this.show(missed);
  }

  private beat(): void {
    if (!this.reply.raw.writableNeedDrain) this.reply.raw.write(': heartbeat\n\n');
  }

  private clear(): void {
    for (const timer of [this.heartbeat, this.expiry, this.patience, this.farewell]) clearTimeout(timer);
  }
}
