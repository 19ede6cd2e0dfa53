import 'reflect-metadata';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from './create-app.js';
import { readEnvironment } from './config/environment.js';
import { prepareDatabase } from './database/prepare-database.js';
import { closeOnSignal, GracefulShutdown } from './server/graceful-shutdown.js';
import { logProcess } from './server/logging.js';

/** Starts the API. Every setting comes from the environment (docs/configuration.md). */
const log = logProcess();
const environment = readEnvironment(process.env);
const running: { app?: NestFastifyApplication } = {};
// Before the first wait: the first process of a container ignores signals without a handler.
closeOnSignal(async () => {
  await running.app?.get(GracefulShutdown).drain(environment.DRAIN_SECONDS);
  await running.app?.close();
}, environment.DRAIN_SECONDS);
await prepareDatabase(environment, log);
const app = (running.app = await createApp(environment));
await app.listen(environment.PORT, environment.HOST);
log(`Serving on ${await app.getUrl()}`);
