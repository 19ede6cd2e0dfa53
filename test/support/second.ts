import { setTimeout as after } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from '../../src/create-app.js';
import { readEnvironment } from '../../src/config/environment.js';
import { Listener } from '../../src/database/listener.js';
import { JobsService } from '../../src/maintenance/jobs.service.js';
import { type Sent, send } from './request.js';
import type { Test } from 'supertest';
import { type Api, type Person, personWith, QUIET } from './api.js';

/** A second instance of the application on the same database and identity provider. */
export interface Second {
  readonly app: NestFastifyApplication;
  readonly url: string;
  readonly jobs: JobsService;
  /** The same person as a client of this instance. */
  as(person: Person): Person;
  /** Sends a request without a token. */
  anonymous(sent: Sent): Test;
  stop(): Promise<void>;
}

/** Stops with the first instance, at the latest. */
export async function startSecond(api: Api, settings: Record<string, string> = {}): Promise<Second> {
  const app = await createApp(
    readEnvironment({ ...QUIET, DATABASE_URL: api.databaseUrl, ...api.issuer.environment, ...settings }),
  );
  await app.listen(0, '127.0.0.1');
  // Once it listens to the database, it forgets what it has cached until then.
  while (!app.get(Listener).isConnected) await after(10);
  const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= app.close());
  api.beforeStop(stop);
  return {
    app,
    url,
    jobs: app.get(JobsService),
    as: ({ id, name, token }) => personWith(url, { id, name, token }),
    anonymous: (sent) => send(url, sent),
    stop,
  };
}
