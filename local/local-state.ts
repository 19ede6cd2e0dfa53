import { randomBytes } from 'node:crypto';
import { chmod, mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { readJson, writeJson } from './json-file.js';

/** Chosen at the first start and reused, so that URLs and tokens stay valid across restarts. */
export interface LocalState {
  readonly databasePassword: string;
  readonly ports: { database?: number; signIn?: number; files?: number };
}

/** Creates `.local/` in the working directory if it does not exist. */
export async function localFolder(): Promise<string> {
  const folder = join(await realpath(process.cwd()), '.local');
  await mkdir(folder, { recursive: true });
  // Set regardless of the umask: PostgreSQL may run as another user (server-user.ts).
  await chmod(folder, 0o755);
  return folder;
}

export async function readState(folder: string): Promise<LocalState | undefined> {
  return readJson<LocalState | undefined>(join(folder, 'state.json'), undefined);
}

export function initialState(): LocalState {
  return { databasePassword: randomBytes(16).toString('hex'), ports: {} };
}

export async function writeState(folder: string, state: LocalState): Promise<void> {
  await writeJson(join(folder, 'state.json'), state);
}
