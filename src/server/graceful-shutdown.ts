import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { Problem } from '../common/problem.js';

const CLOSE_TIMEOUT_MS = 9_000;
const SWEEP_INTERVAL_MS = 50;

/**
 * Closes on SIGTERM and SIGINT and then exits: 0, or 1 if closing fails or takes 9 s longer than draining. Later signals
 * change nothing, since a terminal and npm both pass Ctrl-C on. Nest's own shutdown hooks have no time limit and end by the
 * signal.
 */
export function closeOnSignal(close: () => Promise<void>, drainSeconds = 0): void {
  let closing = false;
  const begin = (): void => {
    if (closing) return;
    closing = true;
    setTimeout(() => process.exit(1), drainSeconds * 1_000 + CLOSE_TIMEOUT_MS).unref();
    void close().then(() => process.exit(0));
  };
  process.on('SIGTERM', begin).on('SIGINT', begin);
}

/** Answers 503 to requests that arrive after the application has begun to close; requests under way are finished. */
@Injectable()
export class GracefulShutdown implements OnModuleDestroy {
  private closing = false;
  private draining = false;

  /** Whether load balancers should send no more requests. */
  get isDraining(): boolean {
    return this.draining;
  }

  /** Waits, unready but serving: a load balancer goes on sending requests until it has noticed. */
  async drain(seconds: number): Promise<void> {
    this.draining = true;
    await after(seconds * 1_000);
  }

  onModuleDestroy(): void {
    this.closing = true;
  }

  register(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', (_request, reply, done) => {
      if (!this.closing) return done();
      void reply.header('connection', 'close');
      done(new Problem('unavailable', { retryAfter: 1 }));
    });
    const unused = unusedConnections(fastify.server);
    // A connection whose last request was under way is not idle when the server begins to close, and closeIdleConnections()
    // does not count one that never carried a request.
    const closeIdle = (): void => {
      fastify.server.closeIdleConnections();
      for (const socket of unused) socket.destroy();
    };
    fastify.addHook('preClose', (done) => {
      const timer = setInterval(closeIdle, SWEEP_INTERVAL_MS);
      fastify.server.once('close', () => clearInterval(timer));
      done();
    });
  }
}

/** Connections without a request yet: clients open them in advance. */
function unusedConnections(server: Server): ReadonlySet<Socket> {
  const unused = new Set<Socket>();
  server.on('connection', (socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  server.on('request', ({ socket }) => unused.delete(socket));
  return unused;
}
