import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { Problem } from './problem.js';

const SWEEP_MS = 50;

/** Refuses what arrives after the process was told to stop; what is under way goes on. */
@Injectable()
export class Closing implements OnModuleDestroy {
  private begun = false;

  onModuleDestroy(): void {
    this.begun = true;
  }

  refuseLaterRequests(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', (_request, reply, done) => {
      if (!this.begun) return done();
      void reply.header('connection', 'close');
      done(new Problem('unavailable', { retryAfter: 1 }));
    });
    // A connection whose last request was still under way is not idle yet when the server begins to close.
    fastify.addHook('preClose', (done) => {
      const sweep = setInterval(() => fastify.server.closeIdleConnections(), SWEEP_MS);
      fastify.server.once('close', () => clearInterval(sweep));
      done();
    });
  }
}
