import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import fc from 'fast-check';
import { startProbe } from './probe.js';

const ID = '0b5e8c1a-5d0f-4c8e-9a3b-6f2d1e7c4a10';
const JSON_TYPE = { 'content-type': 'application/json' };

let app: NestFastifyApplication;
beforeAll(async () => (app = await startProbe()));
afterAll(() => app.close());

interface Answer {
  status: number;
  body: { code?: string; errors?: { pointer: string; detail: string }[] } & Record<string, unknown>;
}

async function send(
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  url: string,
  payload?: string | Buffer,
): Promise<Answer> {
  const answer = await app.inject({ method, url, ...(payload !== undefined && { payload, headers: JSON_TYPE }) });
  return { status: answer.statusCode, body: answer.body ? answer.json<Answer['body']>() : {} };
}

const post = (body: unknown): Promise<Answer> => send('POST', '/api/things', JSON.stringify(body));
const pointers = ({ body }: Answer): string[] => (body.errors ?? []).map(({ pointer }) => pointer);

async function expectFault(answer: Answer | Promise<Answer>, pointer: string): Promise<void> {
  const { status, body } = await answer;
  expect({ status, code: body.code, pointers: pointers({ status, body }) }).toEqual({
    status: 400,
    code: 'invalid_request',
    pointers: [pointer],
  });
}

describe('a body', () => {
  it('may be empty although it calls itself JSON, which phones do', async () => {
    expect(await send('POST', `/api/things/${ID}:pause`, '')).toEqual({ status: 200, body: { id: ID, thing: {} } });
  });

  it('may be missing where it is optional', async () => {
    expect((await send('POST', `/api/things/${ID}:pause`)).status).toBe(200);
  });

  it.each(['null', '{}'])('may be %s where none is expected', async (body) => {
    expect((await send('POST', '/api/things:read-all', body)).status).toBe(200);
  });

  it('is refused with the name of what is unknown, also where none is expected', async () => {
    await expectFault(post({ colour: 'red' }), '/colour');
    await expectFault(send('POST', '/api/things:read-all', '{"colour":1}'), '/colour');
    await expectFault(send('DELETE', `/api/things/${ID}`, '{"colour":1}'), '/colour');
  });

  it.each(['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', 'valueOf', 'then', 'a/b~c'])(
    'is refused with the unknown property %s, as deep as it may be',
    async (name) => {
      const pointer = `/${name.replace('~', '~0').replace('/', '~1')}`;
      await expectFault(send('POST', '/api/things', `{${JSON.stringify(name)}:{"prototype":{"x":1}}}`), pointer);
      await expectFault(
        send('POST', '/api/things', `{"name":{${JSON.stringify(name)}:{"prototype":{"x":1}}}}`),
        '/name',
      );
    },
  );

  it.each(['[]', '"text"', '1', 'true', '{"name":', '{"name":"a"}}', "{'name': 1}"])(
    'is refused when it is %s',
    async (body) => {
      await expectFault(send('POST', '/api/things', body), '');
    },
  );

  it('is refused when it is not UTF-8', async () => {
    await expectFault(send('POST', '/api/things', Buffer.from('7b226e616d65223a22ff227d', 'hex')), '');
  });

  it('is refused with NUL or half a surrogate pair, named by their place', async () => {
    await expectFault(send('POST', '/api/things', '{"name":"a\\u0000b"}'), '/name');
    await expectFault(send('POST', '/api/things', '{"name":"\\ud83d"}'), '/name');
    await expectFault(send('POST', '/api/things', '{"name":{"x":["\\udc00"]}}'), '/name/x/0');
    await expectFault(send('POST', '/api/things', '{"na\\u0000me":"x"}'), '');
  });

  it('is refused when it is nested without end', async () => {
    await expectFault(send('POST', '/api/things', `{"name":${'['.repeat(30_000)}${']'.repeat(30_000)}}`), '');
  });

  it('is refused beyond 64 KiB and in another format', async () => {
    expect(await send('POST', '/api/things', JSON.stringify({ name: 'x'.repeat(65_536) }))).toMatchObject({
      status: 413,
      body: { code: 'payload_too_large' },
    });
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'nonsense']) {
      const answer = await app.inject({
        method: 'POST',
        url: '/api/things',
        payload: 'a=b',
        headers: { 'content-type': type },
      });
      expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([415, 'unsupported_media_type']);
    }
  });

  it('names every fault at once', async () => {
    const answer = await post({ name: '', at: 'soon', count: 1.5, period: 'yearly' });
    expect(pointers(answer).sort()).toEqual(['/at', '/count', '/name', '/period']);
  });

  it('says what is missing', async () => {
    expect((await send('PATCH', '/api/things', '{}')).body.errors).toEqual([
      { pointer: '/name', detail: 'is required' },
    ]);
    expect((await send('PATCH', '/api/things', '{"name":null}')).status).toBe(400);
  });

  it('never makes a 5xx, whatever it holds', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom('name', 'note', 'at', 'count', 'on', 'email', 'x'), fc.jsonValue()),
        async (body) => {
          expect((await post(body)).status).toBeLessThan(500);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('an optional property', () => {
  it('that is null equals one that is absent, except where null clears', async () => {
    expect((await post({ name: null, at: null, count: null, note: null })).body).toEqual({ note: null });
  });
});

describe('a query', () => {
  it.each([
    ['?colour=red', '?colour'],
    ['?limit=1&limit=2', '?limit'],
    ['?limit=', '?limit'],
    ['?limit=0', '?limit'],
    ['?limit=101', '?limit'],
    ['?limit=1e19', '?limit'],
    ['?limit=0x10', '?limit'],
    ['?limit=-1', '?limit'],
    ['?limit=NaN', '?limit'],
    ['?limit=1.5', '?limit'],
    ['?limit=%00', '?limit'],
    ['?limit=%ED%A0%80', '?limit'],
    ['?limit=%', '?limit'],
    ['?unread=yes', '?unread'],
    ['?__proto__=1', '?__proto__'],
    ['?cursor_created_at=2026-11-22T18:57:38Z', '?cursor_created_at'],
    [`?cursor_id=${ID}`, '?cursor_id'],
  ])('%s is refused at %s', async (query, pointer) => {
    await expectFault(send('GET', `/api/things${query}`), pointer);
  });

  it('is refused where the route takes none', async () => {
    await expectFault(send('GET', `/api/things/${ID}?x=1`), '?x');
  });

  it('is read into values, with defaults for what is absent', async () => {
    const { body } = await send('GET', '/api/things?unread=false');
    expect(body).toEqual([{ limit: 20, unread: false }]);
  });

  it('is taken along to the next page', async () => {
    const { headers } = await app.inject('/api/things?limit=5&unread=true');
    expect(headers.link).toBe(
      `</api/things?limit=5&unread=true&cursor_created_at=2026-11-22T18%3A57%3A38.123Z&cursor_id=${ID}>; rel="next"`,
    );
  });
});

describe('an id of the path', () => {
  it.each(['1', 'x'.repeat(500), '%00', '%ED%A0%80x', `${ID}x`, '..%2f'])('%s is a 400', async (id) => {
    expect((await send('GET', `/api/things/${id}`)).status).toBe(400);
  });

  it('may be written in capitals', async () => {
    expect((await send('GET', `/api/things/${ID.toUpperCase()}`)).status).toBe(200);
  });
});

describe('a custom method', () => {
  it('is reached under its literal colon', async () => {
    expect((await send('POST', '/api/things:read-all')).body).toEqual({ updated: 1 });
    expect((await send('POST', `/api/things/${ID}/invites/${ID}:rescind`)).body).toEqual({ id: ID, inviteId: ID });
    expect((await send('POST', '/api/things/x:pause')).status).toBe(400);
    expect((await send('POST', `/api/things/${ID}:explode`)).status).toBe(404);
  });

  it('is reached if its path is percent-encoded, and no segment of a path is split by that', async () => {
    expect((await send('POST', '/api/things%3Aread%2Dall')).body).toEqual({ updated: 1 });
    expect((await send('POST', `/api/things/${ID}%3apause`)).status).toBe(200);
    expect((await send('POST', `/api/things/${ID}:%70ause`)).status).toBe(200);
    expect((await send('POST', `/api/things/${ID}%3Ainvites`)).status).toBe(404);
    expect((await send('POST', `/api/things/${ID}/invites/${ID}%3Arescind`)).body).toEqual({ id: ID, inviteId: ID });
    expect((await send('POST', `/api/things/${ID}%253Apause`)).status).toBe(404);
    expect((await send('POST', `/api/things%2F${ID}:pause`)).status).toBe(404);
    await expectFault(send('GET', `/api/things?limit=1%3A`), '?limit');
  });
});
