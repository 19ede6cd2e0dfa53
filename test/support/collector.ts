import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: number };
}

/** A span as OTLP writes it in JSON. */
export interface Span {
  readonly name: string;
  /** 2 for a server, 3 for a client. */
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  /** 2 is an error. */
  readonly status: { readonly code: number; readonly message?: string };
  readonly attributes: readonly Attribute[];
}

interface Traces {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly Span[] }[];
  }[];
}

/** An OpenTelemetry collector that keeps what it receives. */
export interface Collector {
  readonly url: string;
  /** The bodies received so far. */
  readonly received: readonly string[];
  spans(): Span[];
  /** The attributes of the process that sent the first spans. */
  resource(): Record<string, unknown>;
  stop(): void;
}

export async function startCollector(): Promise<Collector> {
  const received: string[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      if (request.url === '/v1/traces') received.push(body);
      response.setHeader('content-type', 'application/json').end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const resources = () => received.flatMap((body) => (JSON.parse(body) as Traces).resourceSpans);
  const spans = (): Span[] =>
    resources().flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans: some }) => [...some]));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    spans,
    resource: () => attributesOf(resources()[0]!.resource),
    stop: () => void server.close(),
  };
}

export function attributesOf({ attributes }: { attributes: readonly Attribute[] }): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]));
}
