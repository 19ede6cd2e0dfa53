/** `npm start`: starts the API, and a local database, user pool and file storage for those that are not configured. */
import 'reflect-metadata';
import { createApp } from '../src/create-app.js';
import { readEnvironment } from '../src/config/environment.js';
import { prepareDatabase } from '../src/database/prepare-database.js';
import { closeOnSignal } from '../src/server/graceful-shutdown.js';
import { type LocalStack, startLocalStack } from './local-stack.js';
import { serveRaceView } from './race-view.js';
import { exitWithMessage } from './start-errors.js';
import { registerLocalPeople, registerLocalTokenEndpoint } from './token-endpoint.js';

const REPLACED_SETTINGS = ['DATABASE_URL', 'COGNITO_ISSUER', 'S3_BUCKET'];

/** In production nothing is started locally; the API reports the missing settings. */
const needsLocalStack = process.env.NODE_ENV !== 'production' && !REPLACED_SETTINGS.every((name) => process.env[name]);

async function startApi(stack: LocalStack): Promise<void> {
  const environment = readEnvironment(process.env);
  console.log('Migrating the database ...');
  await prepareDatabase(environment);
  await stack.fillDemo();
  const app = await createApp(environment, (fastify) => {
    registerLocalTokenEndpoint(fastify, stack);
    registerLocalPeople(fastify, stack);
    serveRaceView(fastify, stack, environment);
  });
  closeOnSignal(async () => {
    await app.close();
    await stack.stop();
  });
  await app.listen(environment.PORT, environment.HOST);
  stack.printStartupMessage(await app.getUrl());
}

if (needsLocalStack) {
  const stack = await startLocalStack(process.env).catch(exitWithMessage);
  Object.assign(process.env, stack.environment);
  await startApi(stack).catch(async (error: unknown) => {
    await stack.stop();
    exitWithMessage(error);
  });
} else {
  await import('../src/main.js').catch(exitWithMessage);
}
