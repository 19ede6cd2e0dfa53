import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** A new folder in which the API starts. */
export async function projectFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'lockin-start-')));
  await chmod(folder, 0o755);
  return folder;
}

export interface LocalApi {
  readonly child: ChildProcess;
  /** Its output so far. */
  printed(): string;
  /** Its URL, once it is running. */
  readonly url: Promise<string>;
  readonly exitCode: Promise<number | null>;
}

const launched: LocalApi[] = [];

/** Runs what `npm start` runs after the build, on a free port, with only these settings. */
export function launch(folder: string, settings: Record<string, string> = {}): LocalApi {
  const bare = { PATH: process.env['PATH'], HOME: process.env['HOME'], PORT: '0', ...settings };
  const loader = join(root, 'bin/typescript.js');
  const main = join(root, 'local/main.ts');
  const child = spawn(process.execPath, ['--enable-source-maps', '--import', loader, main], {
    cwd: folder,
    env: bare,
    detached: true,
  });
  let text = '';
  const url = new Promise<string>((resolve, reject) => {
    const collect = (chunk: Buffer): void => {
      text += chunk.toString();
      const announced = /LockIN is running at (\S+)/.exec(text)?.[1];
      if (announced) resolve(announced);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('exit', () => reject(new Error(`The process ended before the API was running:\n${text}`)));
  });
  url.catch(() => undefined);
  const exitCode = once(child, 'exit').then(([code]) => code as number | null);
  const api = { child, printed: () => text, url, exitCode };
  launched.push(api);
  return api;
}

/** Sends the signal to the process group, as a terminal does, and waits for the exit. */
export async function end(api: LocalApi, signal: NodeJS.Signals): Promise<number | null> {
  if (api.child.exitCode === null && api.child.pid) process.kill(-api.child.pid, signal);
  return api.exitCode;
}

export async function endAll(): Promise<void> {
  const running = launched.filter(({ child }) => child.exitCode === null && child.signalCode === null);
  await Promise.all(running.map((api) => end(api, 'SIGTERM')));
}

export async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** A token from Swagger UI's token endpoint. */
export async function signIn(url: string, username: string, password = 'lockin-demo'): Promise<Response> {
  return fetch(`${url}/local/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'password', username, password }),
  });
}

export async function getAs<T>(url: string, email: string, path: string): Promise<T> {
  const { access_token } = (await (await signIn(url, email)).json()) as { access_token: string };
  const answer = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${access_token}` } });
  return (await answer.json()) as T;
}

/** The process id of the database server in a folder. */
export async function serverOf(folder: string): Promise<number> {
  return Number.parseInt(await readFile(join(folder, '.local/postgres/data/postmaster.pid'), 'utf8'), 10);
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
