import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** The end of an event in a chunked response: an empty line and the end of the chunk. */
const EVENT_END = Buffer.from('\n\n\r\n');

/** Shorter messages are heartbeats. */
const MIN_EVENT_BYTES = 100;

/** A client of a race stream. It does not parse the response, because one process runs thousands of them. */
export class Watcher {
  private bytes = 0;
  private chunks: Buffer[] = [];
  private arrived = Promise.withResolvers<number>();

  private constructor(
    private readonly socket: Socket,
    /** Whether to store the received event (see `text`). */
    private readonly storesText: boolean,
  ) {
    socket.on('data', (chunk) => this.receive(chunk));
    socket.on('error', (error) => this.arrived.reject(error));
    socket.on('close', () => this.arrived.reject(new Error('The stream was closed.')));
    this.arrived.promise.catch(() => undefined);
  }

  /** Opens a stream and waits for the first event. */
  static async open(url: string, path: string, authorization: string, storesText: boolean): Promise<Watcher> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    const watcher = new Watcher(socket, storesText);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: ${authorization}\r\n\r\n`);
    await watcher.arrived.promise;
    return watcher;
  }

  /** Resolves to the time (performance.now()) at which the next event has been received completely. */
  next(): Promise<number> {
    this.bytes = 0;
    this.chunks = [];
    this.arrived = Promise.withResolvers();
    this.arrived.promise.catch(() => undefined);
    return this.arrived.promise;
  }

  /** The last event; empty if `storesText` is false. */
  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }

  /** Bytes received since the last call of next(). */
  get bytesReceived(): number {
    return this.bytes;
  }

  close(): void {
    this.socket.destroy();
  }

  private receive(chunk: Buffer): void {
    this.bytes += chunk.length;
    if (this.storesText) this.chunks.push(chunk);
    const complete = chunk.subarray(-EVENT_END.length).equals(EVENT_END) && this.bytes > MIN_EVENT_BYTES;
    if (complete) this.arrived.resolve(performance.now());
  }
}
