/** `npm start`: starts what the settings do not name (database, sign-in, file storage) and the API beside it. */
import 'reflect-metadata';
import { createApp } from '../src/app.setup.js';
import { readEnvironment } from '../src/config/environment.js';
import { prepareDatabase } from '../src/database/prepare.js';
import { closeOnSignal, exitWithMessage } from '../src/server/graceful-shutdown.js';
import { type LocalStack, startLocalStack } from './local-stack.js';
import { serveRaceView } from './race-view.js';
import { registerLocalTokenEndpoint } from './token-endpoint.js';

const STARTED_LOCALLY = ['DATABASE_URL', 'COGNITO_ISSUER', 'S3_BUCKET'];

/** In production nothing is made up: there the API itself names every setting that is missing. */
const needsLocalStack = process.env.NODE_ENV !== 'production' && !STARTED_LOCALLY.every((name) => process.env[name]);

async function startBeside(stack: LocalStack): Promise<void> {
  const environment = readEnvironment(process.env);
  await prepareDatabase(environment);
  await stack.fillDemo();
  const app = await createApp(environment, (fastify) => {
    registerLocalTokenEndpoint(fastify, stack);
    serveRaceView(fastify, stack, environment);
  });
  closeOnSignal(async () => {
    await app.close();
    await stack.stop();
  });
  await app.listen(environment.PORT, environment.HOST);
  stack.announce(await app.getUrl());
}

if (needsLocalStack) {
  const stack = await startLocalStack(process.env).catch(exitWithMessage);
  Object.assign(process.env, stack.environment);
  await startBeside(stack).catch(async (error: unknown) => {
    await stack.stop();
    exitWithMessage(error);
  });
} else {
  await import('../src/main.js');
}
