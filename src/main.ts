import 'reflect-metadata';
import { migrate } from './database/migrate.js';
import { waitForDatabase } from './database/startup.js';
import { createApp } from './app.setup.js';
import { type Environment, readEnvironment } from './config/environment.js';
import type { FastifyInstance } from 'fastify';
import type { LocalStack } from './local/local-stack.js';

const PATIENCE_MS = 9_000;
const SUPPLIED_LOCALLY = ['DATABASE_URL', 'COGNITO_ISSUER', 'S3_BUCKET'];

/** What a developer's machine lacks is started beside the application; in production nothing is made up. */
async function localStack(): Promise<LocalStack | undefined> {
  const complete = SUPPLIED_LOCALLY.every((name) => process.env[name]);
  if (process.env.NODE_ENV === 'production' || complete) return undefined;
  const { startLocalStack } = await import('./local/local-stack.js');
  const stack = await startLocalStack(process.env);
  Object.assign(process.env, stack.environment);
  return stack;
}

type Routes = (fastify: FastifyInstance) => void;

async function localRoutes(stack: LocalStack | undefined, environment: Environment): Promise<Routes | undefined> {
  if (!stack) return undefined;
  const { registerLocalTokenEndpoint } = await import('./local/token-endpoint.js');
  const { serveRaceView } = await import('./local/race-view.js');
  return (fastify) => {
    registerLocalTokenEndpoint(fastify, stack);
    serveRaceView(fastify, stack, environment);
  };
}

async function start(stack: LocalStack | undefined): Promise<void> {
  const environment = readEnvironment(process.env);
  await waitForDatabase(environment);
  if (environment.MIGRATE_ON_START) {
    const applied = await migrate(environment);
    if (applied.length > 0 && !stack) console.log(`Migrated the database: ${applied.join(', ')}`);
  }
  await stack?.fillDemo();
  const app = await createApp(environment, await localRoutes(stack, environment));
  stopOnSignal(async () => {
    await app.close();
    await stack?.stop();
  });
  await app.listen(environment.PORT, environment.HOST);
  stack?.announce(await app.getUrl());
}

/** The first signal begins, later ones change nothing: a terminal and npm both pass Ctrl-C on. */
function stopOnSignal(stop: () => Promise<void>): void {
  let stopping = false;
  const begin = () => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), PATIENCE_MS).unref();
    stop().then(() => process.exit(0), fail);
  };
  process.on('SIGTERM', begin).on('SIGINT', begin);
}

function fail(error: unknown): never {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

const stack = await localStack().catch(fail);
await start(stack).catch(async (error: unknown) => {
  await stack?.stop();
  fail(error);
});
