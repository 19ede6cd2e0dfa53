import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Metrics } from './metrics.js';
import { routeOf } from './route.js';

/** What nginx logs for a client that closed the connection before the response began. */
const CLIENT_LEFT = 499;

/**
 * The headers of every response, and one log line and one measurement for each request. Responses are JSON unless a
 * handler sets another type. Headers are set on the reply, never on `reply.raw`: with a single one there, Node.js sets all
 * of them one by one.
 */
export function registerRequestHooks(
  fastify: FastifyInstance,
  headers: Record<string, string>,
  logger: Logger,
  metrics: Metrics | undefined,
): void {
  const always = {
    ...headers,
    'content-type': 'application/json; charset=utf-8',
    // Responses about people need it (specification 1). A handler may set another.
    'cache-control': 'private, no-cache',
  };

  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.headers(always).header('x-request-id', request.id);
    // Fastify's hook `onResponse` is not called for a client that leaves.
    reply.raw.once('close', () => closed(request, reply));
    done();
  });

  fastify.addHook('onSend', (_request, reply, payload, done) => {
    if (payload === undefined || payload === null) void reply.removeHeader('content-type');
    done(null, payload);
  });

  function closed(request: FastifyRequest, reply: FastifyReply): void {
    const route = routeOf(request);
    const milliseconds = reply.elapsedTime;
    const status = reply.raw.headersSent ? reply.statusCode : CLIENT_LEFT;
    // The duration of a stream is no response time.
    if (!isStream(reply)) metrics?.observe(request.method, route, status, milliseconds);
    if (reply.problem !== undefined) metrics?.observeProblem(reply.problem, status);
    const level = route.startsWith('/health/') ? 'debug' : 'info';
    logger[level](logFields(request, status, route, milliseconds), 'request completed');
  }
}

function isStream(reply: FastifyReply): boolean {
  return reply.getHeader('content-type') === 'text/event-stream';
}

/** The route's template instead of the path, which may hold e-mail addresses and cannot be grouped. */
function logFields(request: FastifyRequest, status: number, route: string, milliseconds: number): object {
  return {
    request_id: request.id,
    trace_id: request.traceId,
    method: request.method,
    route,
    status,
    duration_ms: Math.round(milliseconds * 10) / 10,
    user_id: request.user?.id,
  };
}
