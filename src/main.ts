import 'reflect-metadata';
import { createApp } from './create-app.js';
import { readEnvironment } from './config/environment.js';
import { prepareDatabase } from './database/prepare-database.js';
import { closeOnSignal, exitWithMessage } from './server/graceful-shutdown.js';

/** Starts the API. Every setting comes from the environment (docs/configuration.md). */
async function bootstrap(): Promise<void> {
  const environment = readEnvironment(process.env);
  await prepareDatabase(environment);
  const app = await createApp(environment);
  closeOnSignal(() => app.close());
  await app.listen(environment.PORT, environment.HOST);
}

await bootstrap().catch(exitWithMessage);
