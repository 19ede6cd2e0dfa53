import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What happens to a request: it or its response is lost, the response is cut off, or the proxy responds itself. */
export type ProxyFault =
  | 'request lost'
  | 'response lost'
  | 'response cut off'
  | { status: number; headers?: Record<string, string>; body?: string };

export interface ProxiedRequest {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
  /** Milliseconds since 1970, by this machine's clock. */
  at: number;
}

/** A proxy between the SDK and the real API. It applies the planned faults to the next requests and forwards others. */
export interface FaultyProxy {
  readonly url: string;
  /** All requests that the SDK sent, including lost ones. */
  readonly requests: ProxiedRequest[];
  /** Plans the faults of the next requests, one each. */
  failNext(...faults: ProxyFault[]): void;
  stop(): Promise<void>;
}

export async function startFaultyProxy(apiUrl: string): Promise<FaultyProxy> {
  const faults: ProxyFault[] = [];
  const requests: ProxiedRequest[] = [];
  const server: Server = createServer((incoming, response) => {
    void buffer(incoming).then((bytes) => {
      const { method = '', url: path = '', headers } = incoming;
      const request = { method, path, headers, body: bytes.toString(), at: Date.now() };
      requests.push(request);
      return respond(request, response, apiUrl, faults.shift());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    failNext: (...next) => void faults.push(...next),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function respond(
  { method, path, headers, body }: ProxiedRequest,
  response: ServerResponse,
  apiUrl: string,
  fault?: ProxyFault,
): Promise<void> {
  if (fault === 'request lost') return void response.destroy();
  if (typeof fault === 'object') return void response.writeHead(fault.status, fault.headers).end(fault.body);
  const forwarded = await fetch(apiUrl + path, {
    method,
    headers: forwardedHeaders(headers),
    ...(method !== 'GET' && method !== 'HEAD' && { body }),
  });
  const bytes = Buffer.from(await forwarded.arrayBuffer());
  if (fault === 'response lost') return void response.destroy();
  response.writeHead(forwarded.status, Object.fromEntries(forwarded.headers));
  if (fault !== 'response cut off') return void response.end(bytes);
  response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
}

function forwardedHeaders(headers: IncomingMessage['headers']): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => !['host', 'connection', 'content-length'].includes(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
}
