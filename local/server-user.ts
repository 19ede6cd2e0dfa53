import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, chown, mkdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** Used if LockIN runs as root in a folder that other users cannot access, such as /root. */
const SHARED_FOLDER = '/var/lib/lockin';

/** The user to run PostgreSQL as; empty: the current user. */
export type ServerUser = { uid?: number; gid?: number };

const isRoot = (): boolean => process.getuid?.() === 0;

/**
 * PostgreSQL refuses to run as root. It then runs as the owner of the existing data directory, or as `nobody`, which
 * exists on every system.
 */
export async function serverUserFor(folder: string): Promise<ServerUser> {
  if (!isRoot()) return {};
  const owner = await stat(folder).catch(() => undefined);
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const [uid, gid] = await Promise.all(['-u', '-g'].map(idOfNobody));
  return { uid, gid };
}

async function idOfNobody(flag: string): Promise<number> {
  const { stdout } = await promisify(execFile)('id', [flag, 'nobody']);
  return Number(stdout);
}

/** Returns the folder if the server's user can access it, otherwise a permanent replacement below /var/lib/lockin. */
export async function serverAccessibleFolder(folder: string): Promise<string> {
  if (!isRoot() || (await isAccessibleToAll(folder))) return folder;
  const replacement = join(SHARED_FOLDER, createHash('sha256').update(folder).digest('hex').slice(0, 16));
  await mkdir(replacement, { recursive: true });
  await Promise.all([SHARED_FOLDER, replacement].map((path) => chmod(path, 0o755)));
  return replacement;
}

async function isAccessibleToAll(folder: string): Promise<boolean> {
  for (let path = await realpath(folder); ; path = dirname(path)) {
    if (((await stat(path)).mode & 0o001) === 0) return false;
    if (path === dirname(path)) return true;
  }
}

/** Creates a folder owned by the server's user, with mode 755 regardless of the umask. */
export async function createFolderFor(user: ServerUser, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o755);
  await chownTo(user, folder);
}

export async function chownTo({ uid, gid }: ServerUser, path: string): Promise<void> {
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
}
