import { networkInterfaces } from 'node:os';
import { LOOPBACK } from './ports.js';

/** The IPv4 addresses of this machine that a phone in the same network can reach. */
export function networkAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address);
}

/** Where the clients of an API that listens on `host` reach this machine. */
export function reachableAddress(host = LOOPBACK): string {
  if (isEveryAddress(host)) return networkAddresses()[0] ?? LOOPBACK;
  return host === 'localhost' ? LOOPBACK : host;
}

export function isEveryAddress(host: string | undefined): boolean {
  return host === '0.0.0.0' || host === '::';
}
