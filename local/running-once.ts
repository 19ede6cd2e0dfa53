import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Claims a folder for this process, and answers how to release it. The claim is a socket, which ends with its
 * process however that ends, where a file with a process number would outlive it.
 */
export async function claim(folder: string): Promise<() => void> {
  const name = `lockin-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`;
  // Linux has sockets that are no files.
  const path = process.platform === 'linux' ? `\0${name}` : join(tmpdir(), `${name}.sock`);
  if (process.platform !== 'linux' && !(await answers(path))) await rm(path, { force: true });
  const server = createServer((visitor) => visitor.end());
  try {
    await once(server.listen(path), 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new Error('LockIN is already running in this folder.', { cause: error });
  }
  server.unref();
  return () => server.close();
}

async function answers(path: string): Promise<boolean> {
  const visitor = connect(path);
  try {
    await once(visitor, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    visitor.destroy();
  }
}
