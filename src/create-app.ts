import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { AppModule } from './app.module.js';
import type { Environment } from './config/environment.js';
import { serveDocs } from './server/docs/docs.js';
import { createServer } from './server/server.js';

/** The application, initialized but not listening; used by main.ts, the local stack and the tests. */
export function createApp(
  environment: Environment,
  extend?: (fastify: FastifyInstance) => void,
): Promise<NestFastifyApplication> {
  return createServer(AppModule.with(environment), environment, (fastify) => {
    serveDocs(fastify, environment);
    extend?.(fastify);
  });
}
