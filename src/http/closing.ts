import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
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
    const silent = silentConnections(fastify.server);
    // A connection whose last request was still under way is not idle yet when the server begins to close; one that never
    // carried a request does not count as idle at all.
    const sweep = (): void => {
      fastify.server.closeIdleConnections();
      for (const socket of silent) socket.destroy();
    };
    fastify.addHook('preClose', (done) => {
      const sweeping = setInterval(sweep, SWEEP_MS);
      fastify.server.once('close', () => clearInterval(sweeping));
      done();
    });
  }
}

/** Clients open connections ahead of their requests. */
function silentConnections(server: Server): ReadonlySet<Socket> {
  const silent = new Set<Socket>();
  server.on('connection', (socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  server.on('request', ({ socket }) => silent.delete(socket));
  return silent;
}
