import { readFile, rename, writeFile } from 'node:fs/promises';

/** What the file holds, or the value for a first start. */
export async function readJson<T>(
  path: string,
  otherwise: T,
  revive?: (key: string, value: unknown) => unknown,
): Promise<T> {
  try {
    return JSON.parse(await readFile(path, 'utf8'), revive) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return otherwise;
    throw error;
  }
}

/** Writes beside the file and moves: a process killed in the middle leaves the file as it was. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(`${path}.part`, JSON.stringify(value, null, 2), { mode: 0o600 });
  await rename(`${path}.part`, path);
}
