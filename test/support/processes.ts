import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { type Api, QUIET } from './api.js';

const root = join(import.meta.dirname, '../..');

/** A real process of the project on the database of a test. */
export interface Process {
  readonly child: ChildProcess;
  /** All that it has printed. */
  printed(): string;
  /** Waits until it has printed something so many times. */
  says(text: string, times?: number): Promise<void>;
  /** Ends it and waits for that. */
  end(signal?: NodeJS.Signals): Promise<void>;
}

export function startProcess(api: Api, file: string, settings: Record<string, string> = {}): Process {
  const child = spawn(process.execPath, ['--import', join(root, 'bin/typescript.js'), join(root, file)], {
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
  const hear = (chunk: Buffer): void => void (text += chunk.toString());
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const exited = once(child, 'exit');
  return {
    child,
    printed: () => text,
    says: async (what, times = 1) => {
      while (text.split(what).length <= times) {
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(`It ended before it said ${what}:\n${text}`);
        await after(20);
      }
    },
    end: async (signal = 'SIGTERM') => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await exited;
    },
  };
}
