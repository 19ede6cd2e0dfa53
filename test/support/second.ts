import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from '../../src/app.setup.js';
import { readEnvironment } from '../../src/config/environment.js';
import { JobsService } from '../../src/maintenance/jobs.service.js';
import { type Api, type Person, personWith, QUIET } from './api.js';

/** A second application on the same database, with a memory and connections of its own. */
export interface Second {
  readonly app: NestFastifyApplication;
  readonly url: string;
  readonly jobs: JobsService;
  /** The same person, who speaks to this one. */
  as(person: Person): Person;
  stop(): Promise<void>;
}

export async function startSecond(api: Api, settings: Record<string, string> = {}): Promise<Second> {
  const app = await createApp(
    readEnvironment({ ...QUIET, DATABASE_URL: api.databaseUrl, ...api.issuer.environment, ...settings }),
  );
  await app.listen(0, '127.0.0.1');
  const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  return {
    app,
    url,
    jobs: app.get(JobsService),
    as: ({ id, name, token }) => personWith(url, { id, name, token }),
    stop: () => app.close(),
  };
}
