import { randomBytes } from 'node:crypto';
import { chmod, mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { readJson, writeJson } from './json-file.js';

/** What is chosen at the first start and kept: links, tokens and bookmarks go on working. */
export interface LocalState {
  readonly databasePassword: string;
  readonly ports: { database?: number; signIn?: number; files?: number };
}

/** `.local/` of the project that we were started in. */
export async function localFolder(): Promise<string> {
  const folder = join(await realpath(process.cwd()), '.local');
  await mkdir(folder, { recursive: true });
  // Whatever the umask: PostgreSQL may run as somebody else in it (server-user.ts).
  await chmod(folder, 0o755);
  return folder;
}

export async function readState(folder: string): Promise<LocalState | undefined> {
  return readJson<LocalState | undefined>(join(folder, 'state.json'), undefined);
}

export function firstState(): LocalState {
  return { databasePassword: randomBytes(16).toString('hex'), ports: {} };
}

export async function writeState(folder: string, state: LocalState): Promise<void> {
  await writeJson(join(folder, 'state.json'), state);
}
