/** One sentence with what to do, in place of an error of the operating system. Other errors stay as they are. */
export function explained(error: unknown): unknown {
  const { code, message, stderr = '', path, port } = error as NodeJS.ErrnoException & Details;
  if (code === 'ENOSPC' || /No space left on device/.test(message + stderr)) {
    return new Error('The disk is full: free some space, then start LockIN again.');
  }
  if (code === 'EADDRINUSE') return portTaken(port);
  if (code === 'EACCES' && port !== undefined) {
    return new Error(`Port ${port} may not be used: set the environment variable PORT to another one, such as 3001.`);
  }
  if (['EACCES', 'EPERM', 'EROFS', 'EEXIST', 'ENOTDIR'].includes(code ?? '')) {
    return new Error(
      `${path ?? '.local/'} cannot be written: start LockIN as the user to whom the folder belongs, or remove .local/. (${message})`,
    );
  }
  return error;
}

interface Details {
  stderr?: string;
  port?: number;
}

export function portTaken(port: number | undefined): Error {
  return new Error(
    `Port ${port} is taken by another program: stop that one, or set the environment variable PORT to another port, such as 3001.`,
  );
}

/** Prints the explained error, and ends the process. */
export function exitWithMessage(error: unknown): never {
  const known = explained(error);
  console.error(known instanceof Error ? known.message : known);
  process.exit(1);
}
