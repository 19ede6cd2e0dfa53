import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, chown, mkdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** Where root keeps what a server that is not root must reach: a root project may lie in a home closed to others. */
const REACHABLE_BY_ALL = '/var/lib/lockin';

/** The user to start PostgreSQL as; empty means: as whoever we are. */
export type ServerUser = { uid?: number; gid?: number };

const asRoot = (): boolean => process.getuid?.() === 0;

/**
 * PostgreSQL refuses to run as root, so root lends it to `nobody`, who exists everywhere and is not added to the
 * machine for our sake. Data that an ordinary user made before go on belonging to that user.
 */
export async function serverUserFor(folder: string): Promise<ServerUser> {
  if (!asRoot()) return {};
  const owner = await stat(folder).catch(() => undefined);
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const [uid, gid] = await Promise.all(['-u', '-g'].map(idOfNobody));
  return { uid, gid };
}

async function idOfNobody(flag: string): Promise<number> {
  const { stdout } = await promisify(execFile)('id', [flag, 'nobody']);
  return Number(stdout);
}

/** The folder itself, or for root, where others could not enter it, a lasting one in its stead. */
export async function reachableByServer(folder: string): Promise<string> {
  if (!asRoot() || (await openToAll(folder))) return folder;
  const substitute = join(REACHABLE_BY_ALL, createHash('sha256').update(folder).digest('hex').slice(0, 16));
  await mkdir(substitute, { recursive: true });
  await Promise.all([REACHABLE_BY_ALL, substitute].map((made) => chmod(made, 0o755)));
  return substitute;
}

async function openToAll(folder: string): Promise<boolean> {
  for (let path = await realpath(folder); ; path = dirname(path)) {
    if (((await stat(path)).mode & 0o001) === 0) return false;
    if (path === dirname(path)) return true;
  }
}

/** Makes a folder that belongs to the server, whatever the umask says. */
export async function makeFolderFor(user: ServerUser, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o755);
  await giveTo(user, folder);
}

export async function giveTo({ uid, gid }: ServerUser, path: string): Promise<void> {
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
}
