import type { Race } from '@lockin/sdk';
import type { RaceChanges } from '../../../sdk/src/race-changes.js';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How one request is refused. */
export interface Refusal {
  status: number;
  code: string;
  headers?: Record<string, string>;
}

/** One stream as the server holds it. */
export interface ServedStream {
  readonly isOpen: boolean;
  tell(race: Race): void;
  tellChanges(changes: RaceChanges): void;
  write(bytes: string | Uint8Array): void;
  /** Ends it as a server does that shuts down. */
  end(): void;
  /** Ends it as a network does that goes away. */
  destroy(): void;
}

/** The two endpoints of a race, which say what a test tells them to: faults that the real API cannot be made to have. */
export interface RaceServer {
  readonly url: string;
  race: Race;
  /** Whether a stream begins by itself as the contract says: with the wish for reconnects, and the whole race. */
  greets: boolean;
  /** Refuses the next requests of a kind, one each, or each that does not carry the right token. */
  refuse(kind: string, ...refusals: Refusal[]): void;
  rightToken: string | undefined;
  /** Answers something else as well. */
  serve(path: string, type: string, text: string): void;
  /** What was asked about the race. */
  readonly asked: { kind: string; at: number; etag: string | undefined; status: number }[];
  readonly streams: ServedStream[];
  /** Connections with a request under way: now, and the most there ever were. */
  readonly busy: { now: number; most: number };
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
}

export async function startRaceServer(race: Race): Promise<RaceServer> {
  const server = new ScriptedServer(race);
  await server.comeBack();
  return server;
}

class ScriptedServer implements RaceServer {
  greets = true;
  rightToken: string | undefined;
  readonly asked: RaceServer['asked'] = [];
  readonly streams: ServedStream[] = [];
  readonly busy = { now: 0, most: 0 };
  private readonly refusals: Record<string, Refusal[]> = {};
  private readonly files: Record<string, { type: string; text: string }> = {};
  private server: Server | undefined;
  private port = 0;

  constructor(public race: Race) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  refuse(kind: string, ...refusals: Refusal[]): void {
    this.refusals[kind] = [...(this.refusals[kind] ?? []), ...refusals];
  }

  serve(path: string, type: string, text: string): void {
    this.files[path] = { type, text };
  }

  async comeBack(): Promise<void> {
    const server = createServer((request, response) => this.answer(request, response));
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  async goDown(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    this.busy.most = Math.max(this.busy.most, ++this.busy.now);
    response.on('close', () => this.busy.now--);
    const kind = /(\w*)(\?.*)?$/.exec(request.url ?? '')?.[1] ?? '';
    const refusal = this.refusalOf(kind, request);
    const file = this.files[request.url ?? ''];
    if (file && !refusal) return void response.writeHead(200, { 'content-type': file.type }).end(file.text);
    const etag = request.headers['if-none-match'];
    const status = refusal?.status ?? (kind === 'current' && etag === this.etag() ? 304 : 200);
    this.asked.push({ kind, at: Date.now(), etag, status });
    if (refusal) return refuse(response, refusal);
    if (kind === 'stream') return this.openStream(response);
    response.writeHead(status, { etag: this.etag(), 'content-type': 'application/json' });
    response.end(status === 304 ? undefined : JSON.stringify(this.race));
  }

  private refusalOf(kind: string, { headers }: IncomingMessage): Refusal | undefined {
    const isStranger = this.rightToken !== undefined && headers.authorization !== `Bearer ${this.rightToken}`;
    return isStranger ? { status: 401, code: 'unauthenticated' } : this.refusals[kind]?.shift();
  }

  private etag(): string {
    return `W/"${Buffer.from(JSON.stringify(this.race.members)).toString('base64url')}"`;
  }

  private openStream(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    const stream: ServedStream = {
      get isOpen() {
        return !response.destroyed && !response.writableEnded;
      },
      tell: (race) => void response.write(`event: progress\ndata: ${JSON.stringify(race)}\n\n`),
      tellChanges: (changes) => void response.write(`event: changes\ndata: ${JSON.stringify(changes)}\n\n`),
      write: (bytes) => void response.write(bytes),
      end: () => void response.end(),
      destroy: () => void response.destroy(),
    };
    this.streams.push(stream);
    if (!this.greets) return;
    stream.write('retry: 20\n\n');
    stream.tell(this.race);
  }
}

function refuse(response: ServerResponse, { status, code, headers }: Refusal): void {
  response.writeHead(status, { 'content-type': 'application/problem+json', ...headers });
  response.end(JSON.stringify({ status, code, detail: 'No.', title: '', type: '', instance: '', request_id: 'r' }));
}
