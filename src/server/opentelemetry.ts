import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as after } from 'node:timers/promises';
import {
  type Context,
  defaultTextMapGetter,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import * as semconv from '@opentelemetry/semantic-conventions';
import pg from 'pg';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Environment } from '../config/environment.js';
import { connectionOptions } from '../database/connection.js';
import { resource, SpanExporter } from './span-exporter.js';
import { routeOf } from './route.js';
import { Tracing } from './tracing.js';

/** Time limit for the last spans at shutdown. */
const FLUSH_MS = 2_000;

interface TracedRequest {
  readonly span: Span;
  /** The parent of its statements. */
  readonly context: Context;
  readonly reply: FastifyReply;
}

/**
 * Spans of requests and their statements by the semantic conventions of OpenTelemetry, for a collector (docs/operations.md,
 * docs/decisions/0011-spans-of-our-own.md). A span has neither queries, headers nor values.
 */
export class OpenTelemetry extends Tracing implements OnApplicationShutdown {
  private readonly propagator = new W3CTraceContextPropagator();
  private readonly current = new AsyncLocalStorage<TracedRequest>();
  readonly provider: TracerProvider;
  private readonly tracer: Tracer;
  private readonly databaseAttributes: Record<string, string | number | undefined>;

  constructor(environment: Environment, collector: string) {
    super();
    const exporter = new SpanExporter(collector, new Logger(OpenTelemetry.name));
    this.provider = new TracerProvider({
      resource: resource(),
      spanProcessors: [new BatchSpanProcessor({ exporter })],
    });
    this.tracer = this.provider.getTracer('lockin-api');
    this.databaseAttributes = databaseAttributes(environment);
  }

  override register(fastify: FastifyInstance): void {
    const traced = new WeakMap<FastifyRequest, TracedRequest>();
    fastify.addHook('onRequest', (request, reply, done) => {
      traced.set(request, this.start(request, reply));
      done();
    });
    // Not in onRequest: the code after the reading of a body runs in another asynchronous context.
    fastify.addHook('preHandler', (request, _reply, done) => {
      const own = traced.get(request);
      if (own === undefined) done();
      else this.current.run(own, done);
    });
  }

  /** A child of the request's span. Jobs are not traced, nor what a stream reads after it has begun. */
  override async statement<T>(name: string, work: () => Promise<T>): Promise<T> {
    const request = this.current.getStore();
    if (!request?.span.isRecording() || request.reply.raw.headersSent) return work();
    const attributes = { ...this.databaseAttributes, [semconv.ATTR_DB_QUERY_SUMMARY]: name };
    const span = this.tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }, request.context);
    try {
      return await work();
    } catch (error) {
      const { code, name: type } = error as Error & { code?: string };
      if (error instanceof pg.DatabaseError) span.setAttribute(semconv.ATTR_DB_RESPONSE_STATUS_CODE, error.code ?? '');
      fail(span, code ?? type);
      throw error;
    } finally {
      span.end();
    }
  }

  async onApplicationShutdown(): Promise<void> {
    const flushed = this.provider.shutdown().catch(() => undefined);
    await Promise.race([flushed, after(FLUSH_MS, undefined, { ref: false })]);
  }

  private start(request: FastifyRequest, reply: FastifyReply): TracedRequest {
    const parent = this.propagator.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter);
    const attributes = requestAttributes(request);
    const span = this.tracer.startSpan(nameOf(request), { kind: SpanKind.SERVER, attributes }, parent);
    request.traceId = span.spanContext().traceId;
    // 'finish' does not come if the client leaves.
    reply.raw.once('close', () => end(span, reply));
    return { span, context: trace.setSpan(ROOT_CONTEXT, span), reply };
  }
}

function nameOf(request: FastifyRequest): string {
  return request.is404 ? request.method : `${request.method} ${routeOf(request)}`;
}

/** Without the path, which may hold anything, such as e-mail addresses. */
function requestAttributes(request: FastifyRequest): Record<string, string | undefined> {
  return {
    [semconv.ATTR_HTTP_REQUEST_METHOD]: request.method,
    [semconv.ATTR_URL_SCHEME]: request.protocol,
    ...(!request.is404 && { [semconv.ATTR_HTTP_ROUTE]: routeOf(request) }),
  };
}

function databaseAttributes(environment: Environment): Record<string, string | number | undefined> {
  const { host, port, database } = connectionOptions(environment.DATABASE_URL, environment);
  return {
    [semconv.ATTR_DB_SYSTEM_NAME]: semconv.DB_SYSTEM_NAME_VALUE_POSTGRESQL,
    [semconv.ATTR_DB_NAMESPACE]: database,
    [semconv.ATTR_SERVER_ADDRESS]: host,
    [semconv.ATTR_SERVER_PORT]: port,
  };
}

function end(span: Span, { statusCode, problem }: FastifyReply): void {
  span.setAttribute(semconv.ATTR_HTTP_RESPONSE_STATUS_CODE, statusCode);
  if (statusCode >= 500) fail(span, problem ?? String(statusCode));
  span.end();
}

/** Without the message, which may hold values. */
function fail(span: Span, type: string): void {
  span.setAttribute(semconv.ATTR_ERROR_TYPE, type).setStatus({ code: SpanStatusCode.ERROR });
}
