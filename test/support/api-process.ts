import { setTimeout as after } from 'node:timers/promises';
import { freePort, LOOPBACK } from '../../local/ports.js';
import { type Api, type Person, personWith } from './api.js';
import { type Process, startProcess } from './processes.js';

/** The API in its own process on the test's database, which can be stopped and killed. */
export interface ApiProcess extends Process {
  readonly url: string;
  /** The same person as a client of this process. */
  as(person: Person): Person;
}

/** Ends with the test's API, at the latest. */
export async function startApiProcess(api: Api, settings: Record<string, string> = {}): Promise<ApiProcess> {
  const port = await freePort();
  const url = `http://${LOOPBACK}:${port}`;
  const process = startProcess(api, 'src/main.ts', { PORT: String(port), ...settings });
  const isReady = (): Promise<boolean> =>
    fetch(`${url}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isReady())) {
    if (process.child.exitCode !== null) throw new Error(`It ended before it was ready:\n${process.printed()}`);
    await after(50);
  }
  return { ...process, url, as: ({ id, name, token }) => personWith(url, { id, name, token }) };
}
