import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, LOOPBACK } from '../local/ports.js';
import { CLIENT_ID, type Issuer } from './issuer.js';

export interface Server {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

interface Database {
  readonly url: string;
  readonly pool: number;
}

interface Package {
  readonly scripts: { readonly 'start:prod': string };
}

const START_TIMEOUT_MS = 30_000;

/**
 * Starts the API with the command of `npm run start:prod`, without a rate limit. If `profile` is set, the API writes a CPU
 * profile to that folder when it exits.
 */
export async function startApi(database: Database, issuer: Issuer, profile?: string): Promise<Server> {
  const port = await freePort();
  const settings = {
    HOST: LOOPBACK,
    PORT: String(port),
    DATABASE_URL: database.url,
    DATABASE_POOL_MAX: String(database.pool),
    COGNITO_ISSUER: issuer.url,
    COGNITO_CLIENT_IDS: CLIENT_ID,
    S3_BUCKET: 'bench',
    S3_REGION: 'eu-west-1',
    AVATAR_PUBLIC_BASE_URL: 'https://avatars.example.org',
    METRICS_ENABLED: 'true',
    RATE_LIMIT_PER_MINUTE: '0',
    ...(profile && { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profile}` }),
  };
  const project = join(import.meta.dirname, '..');
  const { scripts } = JSON.parse(await readFile(join(project, 'package.json'), 'utf8')) as Package;
  // With `exec`, signals and CPU times are those of the API and not of the shell.
  const child = spawn('sh', ['-c', `exec ${scripts['start:prod']}`], {
    cwd: project,
    env: { PATH: `${dirname(process.execPath)}:${process.env['PATH']}`, ...settings },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const server = serverOf('API', child, port);
  try {
    await waitUntilReady(child, `${server.url}/health/ready`);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

/** `users` maps Authorization headers to profile IDs. */
export async function startLean(database: Database, users: Map<string, string>): Promise<Server> {
  const port = await freePort();
  const child = fork(join(import.meta.dirname, 'lean.ts'), {
    env: {
      NODE_ENV: 'production',
      PORT: String(port),
      DATABASE_URL: database.url,
      DATABASE_POOL_MAX: String(database.pool),
    },
    serialization: 'advanced',
  });
  child.send(users);
  const [message] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as unknown[];
  if (message !== 'listening') throw new Error('The lean server did not start.');
  return serverOf('lean', child, port);
}

function serverOf(name: string, child: ChildProcess, port: number): Server {
  // Also stop the child if this process exits before stop() is registered.
  process.once('exit', () => child.kill());
  return {
    name,
    url: `http://${LOOPBACK}:${port}`,
    pid: child.pid ?? 0,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill(name === 'API' ? 'SIGTERM' : 'SIGKILL');
      await once(child, 'exit');
    },
  };
}

async function waitUntilReady(child: ChildProcess, url: string): Promise<void> {
  for (const start = Date.now(); Date.now() - start < START_TIMEOUT_MS; await sleep(100)) {
    if (child.exitCode !== null) break;
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return;
  }
  throw new Error('The API did not start.');
}
