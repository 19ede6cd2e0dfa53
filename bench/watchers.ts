import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** What ends a whole event on the wire: the empty line, and the end of its chunk. */
const END = Buffer.from('\n\n\r\n');

/** Anything shorter is a heartbeat. */
const SHORTEST_EVENT = 100;

/** One stream of a race, which looks at what comes no closer than it must: there are thousands in this process. */
export class Watcher {
  private bytes = 0;
  private chunks: Buffer[] = [];
  private arrived = Promise.withResolvers<number>();

  private constructor(
    private readonly socket: Socket,
    /** Keeps what comes, for a look at what is told. */
    private readonly keeps: boolean,
  ) {
    socket.on('data', (chunk) => this.take(chunk));
    socket.on('error', (error) => this.arrived.reject(error));
    socket.on('close', () => this.arrived.reject(new Error('A stream ended.')));
    this.arrived.promise.catch(() => undefined);
  }

  /** Connected, and shown the first event. */
  static async open(url: string, path: string, authorization: string, keeps: boolean): Promise<Watcher> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    const watcher = new Watcher(socket, keeps);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: ${authorization}\r\n\r\n`);
    await watcher.arrived.promise;
    return watcher;
  }

  /** When the next event is there as a whole. */
  next(): Promise<number> {
    this.bytes = 0;
    this.chunks = [];
    this.arrived = Promise.withResolvers();
    this.arrived.promise.catch(() => undefined);
    return this.arrived.promise;
  }

  /** The last event, where it is kept. */
  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }

  /** What has come since next() was called. */
  get received(): number {
    return this.bytes;
  }

  close(): void {
    this.socket.destroy();
  }

  private take(chunk: Buffer): void {
    this.bytes += chunk.length;
    if (this.keeps) this.chunks.push(chunk);
    const whole = chunk.subarray(-END.length).equals(END) && this.bytes > SHORTEST_EVENT;
    if (whole) this.arrived.resolve(performance.now());
  }
}
