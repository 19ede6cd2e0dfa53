import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What may befall a request: it or its answer is lost, the answer is cut off, or something else answers it. */
export type Fate =
  | 'request lost'
  | 'answer lost'
  | 'answer cut off'
  | { status: number; headers?: Record<string, string>; body?: string };

export interface Seen {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
  /** By this machine's clock. */
  at: number;
}

/** A network between the SDK and the real API that does to the next requests what a test says, and then works. */
export interface BadNetwork {
  readonly url: string;
  /** All that was sent, also what was lost. */
  readonly seen: Seen[];
  /** The fates of the next requests, one each. */
  next(...fates: Fate[]): void;
  stop(): Promise<void>;
}

export async function startBadNetwork(apiUrl: string): Promise<BadNetwork> {
  const fates: Fate[] = [];
  const seen: Seen[] = [];
  const server: Server = createServer((request, response) => {
    void buffer(request).then((bytes) => {
      const { method = '', url: path = '', headers } = request;
      const sent = { method, path, headers, body: bytes.toString(), at: Date.now() };
      seen.push(sent);
      return answer(sent, response, apiUrl, fates.shift());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    next: (...more) => void fates.push(...more),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(sent: Seen, response: ServerResponse, apiUrl: string, fate?: Fate): Promise<void> {
  if (fate === 'request lost') return void response.destroy();
  if (typeof fate === 'object') return void response.writeHead(fate.status, fate.headers).end(fate.body);
  const { method, path, headers, body } = sent;
  const real = await fetch(apiUrl + path, {
    method,
    headers: forwarded(headers),
    ...(method !== 'GET' && method !== 'HEAD' && { body }),
  });
  const bytes = Buffer.from(await real.arrayBuffer());
  if (fate === 'answer lost') return void response.destroy();
  response.writeHead(real.status, Object.fromEntries(real.headers));
  if (fate !== 'answer cut off') return void response.end(bytes);
  response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
}

function forwarded(headers: IncomingMessage['headers']): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => !['host', 'connection', 'content-length'].includes(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
}
