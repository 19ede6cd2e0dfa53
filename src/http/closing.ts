import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { Problem } from './problem.js';

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
  }
}
