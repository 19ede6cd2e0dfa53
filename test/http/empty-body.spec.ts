import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { startProbe } from './probe.js';

const ID = '0b5e8c1a-5d0f-4c8e-9a3b-6f2d1e7c4a10';
const TYPES = ['application/json', 'application/json;', 'text/plain', 'multipart/form-data', 'nonsense', '/', null];
const EMPTY: Record<string, [header: string, body: string]> = {
  'Content-Length: 0': ['Content-Length: 0', ''],
  'an empty chunked body': ['Transfer-Encoding: chunked', '0\r\n\r\n'],
};

let app: NestFastifyApplication;
let port: number;
beforeAll(async () => {
  app = await startProbe();
  await app.listen(0, '127.0.0.1');
  port = Number(new URL(await app.getUrl()).port);
});
afterAll(() => app.close());

/** Sends the bytes of a request as they are; returns the status. */
async function statusOf(requestLine: string, type: string | null, [header, body]: [string, string]): Promise<number> {
  const lines = [`${requestLine} HTTP/1.1`, 'Host: localhost', 'Connection: close', header];
  if (type !== null) lines.push(`Content-Type: ${type}`);
  const socket = connect(port, '127.0.0.1');
  socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
  return Number((await text(socket)).split(' ')[1]);
}

const REQUESTS = [
  [`POST /api/things/${ID}:pause`, 200],
  ['POST /api/things:read-all', 200],
  [`DELETE /api/things/${ID}`, 204],
  [`GET /api/things/${ID}`, 200],
  ['PATCH /api/things', 400],
  ['POST /api/nothing', 404],
] as const;

describe.each(Object.entries(EMPTY))('A request with %s has no body', (_, empty) => {
  it.each(REQUESTS)('%s is answered %d, whatever the Content-Type', async (requestLine, status) => {
    for (const type of TYPES) expect([type, await statusOf(requestLine, type, empty)]).toEqual([type, status]);
  });
});

describe('A request with a body that is not JSON', () => {
  it.each(['text/plain', 'nonsense', '/', null])('of the type %s is a 415', async (type) => {
    const [chunked, sized]: [string, string][] = [
      ['Transfer-Encoding: chunked', '2\r\n{}\r\n0\r\n\r\n'],
      ['Content-Length: 2', '{}'],
    ];
    for (const body of [chunked, sized]) {
      expect(await statusOf(`POST /api/things/${ID}:pause`, type, body!)).toBe(415);
      expect(await statusOf(`DELETE /api/things/${ID}`, type, body!)).toBe(415);
      expect(await statusOf('POST /api/nothing', type, body!)).toBe(404);
    }
  });

  it('is still read if its type has parameters', async () => {
    for (const type of ['Application/JSON; charset=utf-8', 'application/json;', ' application/json'])
      expect(await statusOf(`POST /api/things/${ID}:pause`, type, ['Content-Length: 2', '{}'])).toBe(200);
  });
});
