import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Acquires an exclusive lock on a folder for this process and returns a function that releases it. The lock is a
 * listening socket, which the operating system closes even if the process is killed; a PID file would remain.
 */
export async function acquireLock(folder: string): Promise<() => void> {
  const name = `lockin-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`;
  const path = socketPath(name);
  if (process.platform !== 'linux' && process.platform !== 'win32' && !(await isListening(path)))
    await rm(path, { force: true });
  const server = createServer((socket) => socket.end());
  try {
    await once(server.listen(path), 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new Error('LockIN is already running in this folder: use that one, or stop it with Ctrl-C.', {
      cause: error,
    });
  }
  server.unref();
  return () => server.close();
}

/** Linux: an abstract socket; Windows: a named pipe. Neither leaves a file behind. */
function socketPath(name: string): string {
  if (process.platform === 'linux') return `\0${name}`;
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
}

async function isListening(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
