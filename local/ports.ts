import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

import { portTaken } from './start-errors.js';

export const LOOPBACK = '127.0.0.1';

/** Returns the preferred port if it is free, otherwise any free port. */
export async function freePort(preferred = 0): Promise<number> {
  const probe = createServer();
  try {
    probe.listen(preferred, LOOPBACK);
    await once(probe, 'listening');
    return (probe.address() as AddressInfo).port;
  } catch (error) {
    if (preferred === 0) throw error;
    return await freePort();
  } finally {
    probe.close();
  }
}

/** Fails if the API will not be able to listen on the port. Asked first, because the rest of a start takes a while. */
export async function requireFreePort(port: string, host = LOOPBACK): Promise<void> {
  const probe = createServer();
  try {
    probe.listen(Number(port), host);
    await once(probe, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw portTaken(Number(port));
  } finally {
    probe.close();
  }
}
