import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Metrics } from './metrics.js';

/** What happens around every request: its id goes back, and once it is answered there is one log line and one measure. */
export function aroundRequests(fastify: FastifyInstance, logger: Logger, metrics: Metrics | undefined): void {
  const routes = new Map<string, string>();

  fastify.addHook('onRequest', (request, reply, done) => {
    reply.raw.setHeader('x-request-id', request.id);
    done();
  });

  fastify.addHook('onResponse', (request, reply, done) => {
    const url = request.routeOptions.url ?? 'none';
    let route = routes.get(url);
    if (route === undefined) routes.set(url, (route = asInContract(url)));
    metrics?.observe(request.method, route, reply.statusCode, reply.elapsedTime);
    logger.info(lineOf(request, reply, route), 'answered');
    done();
  });
}

/** The route's template rather than the path, which would hold e-mail addresses and make lines unlike. */
function lineOf(request: FastifyRequest, reply: FastifyReply, route: string): object {
  return {
    request_id: request.id,
    method: request.method,
    route,
    status: reply.statusCode,
    ms: Math.round(reply.elapsedTime * 10) / 10,
    person: request.caller?.id,
  };
}

/** `/api/groups/:id(^[^:]+)::clone` is `/api/groups/{id}:clone`. */
function asInContract(url: string): string {
  return url.replace(/(?<!:):(\w+)(\([^)]*\))?/g, '{$1}').replace('::', ':');
}
