import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { once } from 'node:events';
import { connect } from 'node:net';
import { startProbe } from './probe.js';

let app: NestFastifyApplication;
beforeAll(async () => {
  app = await startProbe({ CORS_ORIGINS: 'https://app.example.com', METRICS_ENABLED: 'true' });
  await app.listen(0, '127.0.0.1');
});
afterAll(() => app.close());

describe('a problem', () => {
  it('says what, where and to which request', async () => {
    const answer = await app.inject({
      url: '/api/nowhere?email=ana@example.com',
      headers: { 'x-request-id': 'abc-1' },
    });
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect([answer.statusCode, answer.json()]).toEqual([
      404,
      {
        type: 'urn:lockin:problem:not_found',
        title: 'Not found',
        status: 404,
        detail: expect.stringMatching(/\.$/),
        instance: '/api/nowhere',
        code: 'not_found',
        request_id: 'abc-1',
      },
    ]);
  });

  it('shows nothing of what went wrong inside', async () => {
    const answer = await app.inject('/api/fails');
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toMatch(/secret|SELECT|stack/);
    expect(answer.json()).toMatchObject({ code: 'internal_error' });
  });

  it('says how long to wait, how to sign in and which session runs', async () => {
    expect((await app.inject('/api/limited')).headers['retry-after']).toBe('17');
    expect((await app.inject('/api/stranger')).headers['www-authenticate']).toBe('Bearer error="invalid_token"');
    expect((await app.inject('/api/running')).json()).toMatchObject({
      session_id: '91c6e0b2-7f35-4a1d-8e64-c2d9b0a37f58',
    });
  });

  it('answers a path that is badly encoded', async () => {
    const answer = await app.inject('/api/things/%zz');
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([400, 'invalid_request']);
  });

  it('answers even what is not HTTP', async () => {
    const { port } = app.getHttpServer().address() as { port: number };
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.write('nonsense\r\n\r\n'));
      socket.once('data', (data) => resolve(data.toString()));
    });
    expect(answer).toMatch(/^HTTP\/1.1 400 [^]*application\/problem\+json[^]*invalid_request/);
  });
});

describe('every answer', () => {
  it('carries a request id: the given one if it is fit for a log line', async () => {
    for (const given of ['mine_1.2-3', 'x'.repeat(100)]) {
      expect(
        (await app.inject({ url: '/api/things', headers: { 'x-request-id': given } })).headers['x-request-id'],
      ).toBe(given);
    }
    for (const given of ['a b', 'x'.repeat(101), 'ü', '']) {
      const { headers } = await app.inject({ url: '/api/nowhere', headers: { 'x-request-id': given } });
      expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it('forbids browsers everything that an API does not need', async () => {
    const { headers } = await app.inject('/api/things');
    expect(headers).toMatchObject({
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      'x-content-type-options': 'nosniff',
      'strict-transport-security': expect.any(String),
    });
  });

  it('is readable from the origins that are configured, and no others', async () => {
    const from = (origin: string) => app.inject({ url: '/api/things', headers: { origin } });
    const { headers } = await from('https://app.example.com');
    expect(headers).toMatchObject({
      'access-control-allow-origin': 'https://app.example.com',
      'access-control-expose-headers': 'Date, ETag, Link, Location, Retry-After, X-Request-Id',
    });
    expect((await from('https://evil.example.com')).headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('that is JSON text goes out untouched as JSON, to HEAD without its body', async () => {
    const url = '/api/things/0b5e8c1a-5d0f-4c8e-9a3b-6f2d1e7c4a10';
    const [get, head] = [await app.inject(url), await app.inject({ method: 'HEAD', url })];
    expect(get.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(get.body).toBe('{"id":"0b5e8c1a-5d0f-4c8e-9a3b-6f2d1e7c4a10"}');
    expect([head.statusCode, head.body]).toEqual([200, '']);
  });

  it('is measured by route, never by path', async () => {
    await app.inject({ method: 'POST', url: '/api/things/0b5e8c1a-5d0f-4c8e-9a3b-6f2d1e7c4a10:pause' });
    const { body, headers } = await app.inject('/metrics');
    expect(headers['content-type']).toMatch(/^text\/plain/);
    expect(body).toContain(
      'http_request_duration_seconds_count{method="POST",route="/api/things/{id}:pause",status="200"}',
    );
    expect(body).not.toContain('0b5e8c1a');
  });
});

describe('operations', () => {
  it('hide the metrics where they are switched off', async () => {
    const closed = await startProbe({ METRICS_ENABLED: 'false' });
    expect((await closed.inject('/metrics')).statusCode).toBe(404);
    await closed.close();
  });

  it('show the contract as it was written and as JSON', async () => {
    expect((await app.inject('/openapi.yaml')).body).toMatch(/^# The API contract/);
    expect((await app.inject('/openapi.json')).json()).toMatchObject({ openapi: '3.1.0' });
  });
});

describe('shutdown', () => {
  it('finishes what is under way, refuses what comes later and leaves no connection open', async () => {
    const server = await startProbe();
    await server.listen(0, '127.0.0.1');
    const { port } = server.getHttpServer().address() as { port: number };
    const unused = connect(port, '127.0.0.1');
    unused.on('error', () => undefined);
    await once(unused, 'connect');
    const arrived = once(server.getHttpServer(), 'request');
    const underWay = fetch(`http://127.0.0.1:${port}/api/slow`);
    await arrived;
    const closed = server.close();
    const begun = Date.now();
    const answer = await underWay;
    expect([answer.status, await answer.text()]).toEqual([200, 'done']);
    await closed;
    expect(Date.now() - begun).toBeLessThan(2_000);
    await expect(fetch(`http://127.0.0.1:${port}/api/slow`)).rejects.toThrow();
  });
});

describe('a connection', () => {
  /** The received bytes until the server closes the connection. */
  async function answerTo(port: number, sent: string): Promise<string> {
    const socket = connect(port, '127.0.0.1');
    if (sent !== '') socket.write(sent);
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    return answer;
  }

  it('is closed without a response if nothing was sent on it, as by browsers in advance, and answered otherwise', async () => {
    const server = await startProbe();
    await server.listen(0, '127.0.0.1');
    const { port } = server.getHttpServer().address() as { port: number };
    const answers = Promise.all([answerTo(port, ''), answerTo(port, 'GET /api/slow HTTP/1.1\r\nHost: ')]);
    const [silent, unfinished] = await answers.finally(() => server.close());
    expect(silent).toBe('');
    expect(unfinished).toMatch(/^HTTP\/1.1 400 [^]*The request could not be read/);
  }, 40_000);
});
