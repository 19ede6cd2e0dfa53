import type { Race } from '@lockin/sdk';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { problem } from './problem-response.js';

/** An error response. */
export interface RaceRefusal {
  status: number;
  code: string;
  headers?: Record<string, string>;
}

/** A stream, as its server sees it. */
export interface ServedStream {
  readonly isOpen: boolean;
  sendRace(race: Race): void;
  write(bytes: string | Uint8Array): void;
  /** Ends the response, like a server that shuts down. */
  end(): void;
  /** Breaks the connection, like a network that is lost. */
  destroy(): void;
}

/** A fake of the two endpoints of a race, for failures that the real API cannot be made to have. */
export interface RaceServer {
  readonly url: string;
  race: Race;
  /** Whether a stream begins as in the contract: with `retry` and the whole race. */
  sendsFirstRace: boolean;
  /** Requests with another token receive 401. Undefined: every token is valid. */
  validToken: string | undefined;
  /** Refuses the next requests to an endpoint, one each: `current`, `stream`, or the name of a file. */
  refuseNext(endpoint: string, ...refusals: RaceRefusal[]): void;
  /** Serves a file at another path. */
  serve(path: string, type: string, text: string): void;
  /** All requests to the endpoints of the race. */
  readonly requests: { endpoint: string; at: number; etag: string | undefined; status: number }[];
  readonly streams: ServedStream[];
  /** How many requests are open now, and the highest number that were open at once. */
  readonly open: { now: number; max: number };
  start(): Promise<void>;
  stop(): Promise<void>;
}

export async function startRaceServer(race: Race): Promise<RaceServer> {
  const server = new FakeRaceServer(race);
  await server.start();
  return server;
}

class FakeRaceServer implements RaceServer {
  sendsFirstRace = true;
  validToken: string | undefined;
  readonly requests: RaceServer['requests'] = [];
  readonly streams: ServedStream[] = [];
  readonly open = { now: 0, max: 0 };
  private readonly refusals: Record<string, RaceRefusal[]> = {};
  private readonly files: Record<string, { type: string; text: string }> = {};
  private server: Server | undefined;
  private port = 0;

  constructor(public race: Race) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  refuseNext(endpoint: string, ...refusals: RaceRefusal[]): void {
    this.refusals[endpoint] = [...(this.refusals[endpoint] ?? []), ...refusals];
  }

  serve(path: string, type: string, text: string): void {
    this.files[path] = { type, text };
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => this.respond(request, response));
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  private respond(request: IncomingMessage, response: ServerResponse): void {
    this.open.max = Math.max(this.open.max, ++this.open.now);
    response.on('close', () => this.open.now--);
    const endpoint = /(\w*)(\?.*)?$/.exec(request.url ?? '')?.[1] ?? '';
    const refusal = this.refusalFor(endpoint, request);
    const file = this.files[request.url ?? ''];
    if (file && !refusal) return void response.writeHead(200, { 'content-type': file.type }).end(file.text);
    const etag = request.headers['if-none-match'];
    const status = refusal?.status ?? (endpoint === 'current' && etag === this.etag() ? 304 : 200);
    this.requests.push({ endpoint, at: Date.now(), etag, status });
    if (refusal) return refuse(response, refusal);
    if (endpoint === 'stream') return this.openStream(response);
    response.writeHead(status, { etag: this.etag(), 'content-type': 'application/json' });
    response.end(status === 304 ? undefined : JSON.stringify(this.race));
  }

  private refusalFor(endpoint: string, { headers }: IncomingMessage): RaceRefusal | undefined {
    const isInvalid = this.validToken !== undefined && headers.authorization !== `Bearer ${this.validToken}`;
    return isInvalid ? { status: 401, code: 'unauthenticated' } : this.refusals[endpoint]?.shift();
  }

  private etag(): string {
    return `W/"${Buffer.from(JSON.stringify(this.race)).toString('base64url')}"`;
  }

  private openStream(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    const stream: ServedStream = {
      get isOpen() {
        return !response.destroyed && !response.writableEnded;
      },
      sendRace: (race) => void response.write(`event: progress\ndata: ${JSON.stringify(race)}\n\n`),
      write: (bytes) => void response.write(bytes),
      end: () => void response.end(),
      destroy: () => void response.destroy(),
    };
    this.streams.push(stream);
    if (!this.sendsFirstRace) return;
    stream.write('retry: 20\n\n');
    stream.sendRace(this.race);
  }
}

function refuse(response: ServerResponse, { status, code, headers }: RaceRefusal): void {
  const { body, ...head } = problem(status, code, headers);
  response.writeHead(head.status, head.headers).end(body);
}
