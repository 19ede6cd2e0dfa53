/** A process that runs all jobs for each line on stdin, and prints `done`. Closes on SIGTERM. */
import 'reflect-metadata';
import { createInterface } from 'node:readline';
import { createApp } from '../../src/create-app.js';
import { readEnvironment } from '../../src/config/environment.js';
import { JobsService } from '../../src/maintenance/jobs.service.js';
import { closeOnSignal } from '../../src/server/graceful-shutdown.js';

const app = await createApp(readEnvironment(process.env));
const jobs = app.get(JobsService);
closeOnSignal(() => app.close());
console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  await jobs.runAll();
  console.log(`done ${line}`);
}
await app.close();
