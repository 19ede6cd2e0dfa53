import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createServer, type Server as TcpServer } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import { waitForDatabase } from '../../src/database/wait-for-database.js';
import { freePort } from '../../local/ports.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { startTcpProxy } from '../support/tcp-proxy.js';

let database: TestDatabase;
let log: jest.SpiedFunction<typeof console.log>;

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(() => {
  log = jest.spyOn(console, 'log').mockImplementation(() => undefined);
});
afterEach(() => log.mockRestore());
afterAll(() => database.drop());

/** The database's URL with some parts replaced. */
const but = (change: Partial<URL>): string => Object.assign(new URL(database.url), change).href;
const printed = (): string[] => log.mock.calls.map(([line]) => String(line));

/** A TCP server that closes every connection, like a load balancer without servers. */
async function hangUp(port: number): Promise<TcpServer> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return server;
}

describe('The start', () => {
  it('waits for a database that is not there yet, with one line, and one more when it is there', async () => {
    const port = await freePort();
    const started = waitForDatabase({ DATABASE_URL: but({ port: String(port) }) });
    await after(1_200);
    expect(printed()).toEqual([
      expect.stringMatching(`^Waiting up to 60 s for PostgreSQL at 127.0.0.1:${port}, role postgres, database test_`),
    ]);
    const proxy = await startTcpProxy(Number(new URL(database.url).port), port);
    await started;
    expect(printed()).toHaveLength(2);
    expect(printed()[1]).toMatch(/is there\.$/);
    await proxy.stop();
  });

  it('says what and where when it gives up, but never the password', async () => {
    const port = await freePort();
    const { password } = new URL(database.url);
    const message = await waitForDatabase({ DATABASE_URL: but({ port: String(port) }) }, console.log, 600).catch(
      String,
    );
    expect(message).toMatch(
      `PostgreSQL at 127.0.0.1:${port}, role postgres, database ${new URL(database.url).pathname.slice(1)} (DATABASE_URL)` +
        ' cannot be used: connect ECONNREFUSED',
    );
    expect(message + printed().join()).not.toContain(password);
  });

  it('waits also where connections are accepted and closed again', async () => {
    const port = await freePort();
    const server = await hangUp(port);
    const started = waitForDatabase({ DATABASE_URL: but({ port: String(port) }) }, console.log, 700);
    await expect(started).rejects.toThrow('cannot be used: Connection terminated unexpectedly');
    server.close();
  });

  it.each([
    ['a wrong password', { password: 'wrong' }, 'password authentication failed for user "postgres"'],
    ['a database that does not exist', { pathname: '/nowhere' }, 'database "nowhere" does not exist'],
    ['a server without TLS', { search: '?sslmode=require' }, 'The server does not support SSL connections'],
  ])('ends at once with %s', async (_, change, reason) => {
    const since = Date.now();
    await expect(waitForDatabase({ DATABASE_URL: but(change) })).rejects.toThrow(reason);
    expect(Date.now() - since).toBeLessThan(5_000);
    expect(printed()).toEqual([]);
  });

  it('checks the URL for listening too', async () => {
    const settings = { DATABASE_URL: database.url, DATABASE_LISTEN_URL: but({ pathname: '/nowhere' }) };
    await expect(waitForDatabase(settings)).rejects.toThrow(
      /\(DATABASE_LISTEN_URL\) cannot be used: database "nowhere"/,
    );
  });
});
