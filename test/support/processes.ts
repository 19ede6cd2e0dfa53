import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { type Api, QUIET } from './api.js';

const root = join(import.meta.dirname, '../..');

/** A process of the project on the test's database. */
export interface Process {
  readonly child: ChildProcess;
  /** Its output so far. */
  printed(): string;
  /** Waits until it has printed a text so many times. */
  waitFor(text: string, times?: number): Promise<void>;
  /** Sends a signal and waits for the exit. */
  end(signal?: NodeJS.Signals): Promise<void>;
}

/** `wrapper` is a command that runs the process's own, which is appended to it. */
export function startProcess(
  api: Api,
  file: string,
  settings: Record<string, string> = {},
  wrapper: string[] = [],
): Process {
  const [program = '', ...parameters] = [
    ...wrapper,
    ...[process.execPath, '--import', join(root, 'bin/typescript.js'), join(root, file)],
  ];
  const child = spawn(program, parameters, {
    cwd: root,
    env: {
      PATH: process.env['PATH'],
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      ...QUIET,
      DATABASE_URL: api.databaseUrl,
      ...api.issuer.environment,
      ...settings,
    },
  });
  let text = '';
  const collect = (chunk: Buffer): void => void (text += chunk.toString());
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const exited = once(child, 'exit');
  const end = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exited;
  };
  // A process that a test has paused ends by SIGKILL only.
  api.beforeStop(() => end('SIGKILL'));
  return {
    child,
    printed: () => text,
    waitFor: async (what, times = 1) => {
      while (text.split(what).length <= times) {
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(`It ended before it printed ${what}:\n${text}`);
        await after(20);
      }
    },
    end,
  };
}
