import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Metrics } from './metrics.js';

/**
 * What happens around every request: what all answers carry and, once it is answered, one log line and one measure.
 * Headers go to the reply and never to `reply.raw`: a single one there makes Node.js set all of them one by one.
 */
export function aroundRequests(
  fastify: FastifyInstance,
  headers: Record<string, string>,
  logger: Logger,
  metrics: Metrics | undefined,
): void {
  const routes = new Map<string, string>();

  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.headers(headers).header('x-request-id', request.id);
    done();
  });

  fastify.addHook('onResponse', (request, reply, done) => {
    const url = request.routeOptions.url ?? 'none';
    let route = routes.get(url);
    if (route === undefined) routes.set(url, (route = asInContract(url)));
    const milliseconds = reply.elapsedTime;
    // How long somebody watched says nothing about how fast answers are.
    if (!isStream(reply)) metrics?.observe(request.method, route, reply.statusCode, milliseconds);
    logger.info(lineOf(request, reply, route, milliseconds), 'answered');
    done();
  });
}

function isStream(reply: FastifyReply): boolean {
  return reply.getHeader('content-type') === 'text/event-stream';
}

/** The route's template rather than the path, which would hold e-mail addresses and make lines unlike. */
function lineOf(request: FastifyRequest, reply: FastifyReply, route: string, milliseconds: number): object {
  return {
    request_id: request.id,
    method: request.method,
    route,
    status: reply.statusCode,
    ms: Math.round(milliseconds * 10) / 10,
    person: request.caller?.id,
  };
}

/** `/api/groups/:id(^[^:]+)::clone` is `/api/groups/{id}:clone`. */
function asInContract(url: string): string {
  return url.replace(/(?<!:):(\w+)(\([^)]*\))?/g, '{$1}').replace('::', ':');
}
