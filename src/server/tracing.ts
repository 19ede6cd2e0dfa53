import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set only if the process traces requests. */
    traceId?: string;
  }
}

/** Traces requests and their statements. This class traces nothing; OpenTelemetry replaces it if there is a collector. */
export class Tracing {
  /** Adds the hooks of requests. */
  register(_fastify: FastifyInstance): void {
    return;
  }

  statement<T>(_name: string, work: () => Promise<T>): Promise<T> {
    return work();
  }
}
