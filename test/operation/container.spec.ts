import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as after } from 'node:timers/promises';
import { freePort, LOOPBACK } from '../../local/ports.js';
import { useApi } from '../support/api.js';
import { type Process, startProcess } from '../support/processes.js';

const api = useApi();

/** Runs a command as the first process of its own namespace, as containers do. Linux only, like /dev/full. */
const FIRST_PROCESS = ['unshare', '--map-root-user', '--pid', '--fork', '--kill-child'];

async function start(settings: Record<string, string>, wrapper: string[]): Promise<Process & { url: string }> {
  const PORT = String(await freePort());
  const production = { NODE_ENV: 'production', LOG_LEVEL: 'info', DRAIN_SECONDS: '0', PORT };
  return {
    ...startProcess(api, 'src/main.ts', { ...production, ...settings }, wrapper),
    url: `http://${LOOPBACK}:${PORT}`,
  };
}

async function untilReady({ url }: { url: string }): Promise<void> {
  const isReady = (): Promise<boolean> =>
    fetch(`${url}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isReady())) await after(50);
}

/** Sends SIGTERM to the wrapped process; returns the exit code, which the wrapper passes on, and how long it took. */
async function terminate({ child }: Process): Promise<{ code: unknown; ms: number }> {
  const begun = Date.now();
  const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8');
  process.kill(Number(children.trim() || child.pid), 'SIGTERM');
  const [code] = (await once(child, 'exit')) as unknown[];
  return { code, ms: Date.now() - begun };
}

describe('As the first process of a container it', () => {
  it('stops at SIGTERM while it serves', async () => {
    const serving = await start({}, FIRST_PROCESS);
    await untilReady(serving);
    const { code, ms } = await terminate(serving);
    expect(code).toBe(0);
    expect(ms).toBeLessThan(5_000);
  });

  it('stops at SIGTERM while it waits for the database', async () => {
    const waiting = await start({ DATABASE_URL: `postgres://nobody@${LOOPBACK}:9/lockin` }, FIRST_PROCESS);
    await waiting.waitFor('Waiting up to 60 s for PostgreSQL at 127.0.0.1:9');
    const { code, ms } = await terminate(waiting);
    expect(code).toBe(0);
    expect(ms).toBeLessThan(2_000);
  });
});

describe('If the disk of the log is full, it', () => {
  it('serves, says so on standard error, and stops at SIGTERM', async () => {
    const serving = await start({}, ['sh', '-c', 'exec "$0" "$@" > /dev/full']);
    await untilReady(serving);
    expect((await fetch(`${serving.url}/api/me`)).status).toBe(401);
    await serving.waitFor('{"msg":"log cannot be written: ENOSPC: no space left on device, write"}');
    const { code, ms } = await terminate(serving);
    expect(code).toBe(0);
    expect(ms).toBeLessThan(5_000);
  });
});
