import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { INestApplication } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { AppModule } from './app.module.js';
import { Environment } from './config/environment.js';
import { serveDocs } from './docs/docs.js';
import { acceptJsonOnly, BODY_LIMIT_BYTES } from './http/body.js';
import { answerBrokenRequest } from './http/broken-request.js';
import { Closing } from './http/closing.js';
import { aroundRequests } from './http/exchange.js';
import { InputGuard } from './http/input.guard.js';
import { createLogger, nestLogger } from './http/logging.js';
import { Metrics } from './http/metrics.js';
import { ProblemFilter } from './http/problem.filter.js';
import { requestId } from './http/request-id.js';

const seconds = (count: number) => count * 1_000;

/** The application, initialised but not yet listening; main.ts and the tests share it. `extend` adds routes of its own. */
export async function createApp(
  environment: Environment,
  extend?: (fastify: FastifyInstance) => void,
): Promise<NestFastifyApplication> {
  const logger = createLogger(environment);
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(environment), adapter(environment), {
    logger: nestLogger(logger),
    bodyParser: false,
    abortOnError: false,
  });
  prefix(app);
  app.useGlobalGuards(new InputGuard());
  app.useGlobalFilters(new ProblemFilter(logger));
  const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  await prepareServer(app, fastify, environment, logger);
  extend?.(fastify);
  await app.init();
  await fastify.ready();
  return app;
}

/** Everything but operations and documentation lies under /api. */
export function prefix(app: INestApplication): void {
  app.setGlobalPrefix('api', { exclude: ['health/{*path}', 'metrics', 'openapi.json', 'openapi.yaml'] });
}

function adapter({ TRUST_PROXY }: Environment): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: BODY_LIMIT_BYTES,
    clientErrorHandler: answerBrokenRequest,
    connectionTimeout: seconds(60),
    disableRequestLogging: true,
    genReqId: requestId,
    http: { headersTimeout: seconds(10), connectionsCheckingInterval: seconds(5) },
    keepAliveTimeout: seconds(65),
    requestTimeout: seconds(30),
    return503OnClosing: false,
    // A path that is too long for a route is a malformed id like any other.
    routerOptions: { maxParamLength: 16_384 },
    // Nobody uses Express middleware here.
    skipMiddie: true,
    trustProxy: proxies(TRUST_PROXY),
  });
}

/** Fastify reads a bare number as nobody, so the hops are counted here; it splits addresses at commas itself. */
function proxies(setting: string): false | string | ((address: string, hop: number) => boolean) {
  if (setting === 'none') return false;
  return /^\d+$/.test(setting) ? (_address, hop) => hop < Number(setting) : setting;
}

async function prepareServer(
  app: NestFastifyApplication,
  fastify: FastifyInstance,
  environment: Environment,
  logger: Logger,
): Promise<void> {
  acceptJsonOnly(fastify);
  aroundRequests(fastify, logger, environment.METRICS_ENABLED ? app.get(Metrics) : undefined);
  app.get(Closing).refuseLaterRequests(fastify);
  await fastify.register(helmet);
  if (environment.CORS_ORIGINS.length > 0) {
    await fastify.register(cors, {
      origin: environment.CORS_ORIGINS.includes('*') ? '*' : environment.CORS_ORIGINS,
      methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
      exposedHeaders: ['Date', 'ETag', 'Link', 'Location', 'Retry-After', 'X-Request-Id'],
      maxAge: 86_400,
    });
  }
  serveDocs(fastify, environment);
}
