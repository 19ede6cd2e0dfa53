import { readFile, rename, writeFile } from 'node:fs/promises';

/** Reads a JSON file; returns `defaultValue` if the file does not exist. */
export async function readJson<T>(
  path: string,
  defaultValue: T,
  revive?: (key: string, value: unknown) => unknown,
): Promise<T> {
  try {
    return JSON.parse(await readFile(path, 'utf8'), revive) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return defaultValue;
    throw error;
  }
}

/** Writes a temporary file and renames it, so that a killed process leaves the old content or the new, never a part. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(`${path}.tmp`, JSON.stringify(value, null, 2), { mode: 0o600 });
  await rename(`${path}.tmp`, path);
}
