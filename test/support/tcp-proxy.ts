import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A TCP proxy that can drop all traffic without closing connections. */
export interface TcpProxy {
  /** The server's URL through the proxy. */
  url(serverUrl: string): string;
  /** Drops the traffic of open connections; with `all`, of new ones too. */
  freeze(which: 'open' | 'all'): void;
  /** New connections work again; frozen ones stay frozen. */
  thaw(): void;
  /** Connects new connections to another port. */
  moveTo(port: number): void;
  stop(): Promise<void>;
}

export async function startTcpProxy(target: number, ownPort = 0): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let port = target;
  let frozen = false;
  const track = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    track(client);
    if (frozen) return;
    const upstream = track(connect(port, '127.0.0.1'));
    client.pipe(upstream).pipe(client);
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  }).listen(ownPort, '127.0.0.1');
  await once(server, 'listening');
  const own = (server.address() as AddressInfo).port;
  return {
    url: (serverUrl) => Object.assign(new URL(serverUrl), { port: String(own) }).href,
    freeze: (which) => {
      frozen = which === 'all';
      for (const socket of sockets) socket.unpipe().pause().removeAllListeners('data');
    },
    thaw: () => void (frozen = false),
    moveTo: (other) => void (port = other),
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
