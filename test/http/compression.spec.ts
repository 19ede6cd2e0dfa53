import { beforeAll, describe, expect, it } from '@jest/globals';
import { type IncomingHttpHeaders, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { type Person, useApi } from '../support/api.js';
import { createGroup } from '../support/factories.js';

const api = useApi();
let ana: Person;

beforeAll(async () => {
  ana = await api.person('Ana');
});

/** The headers of a response, of which the body is not read. */
function headersOf(path: string, headers: Record<string, string> = {}): Promise<IncomingHttpHeaders> {
  return new Promise((resolve, reject) => {
    const sent = request(`${api.url}${path}`, { headers: { authorization: `Bearer ${ana.token}`, ...headers } });
    sent.on('response', (response) => {
      resolve(response.headers);
      response.destroy();
    });
    sent.on('error', reject).end();
  });
}

describe('Responses', () => {
  it('are compressed for clients that accept it', async () => {
    const headers = await headersOf('/openapi.yaml', { 'accept-encoding': 'gzip, br' });
    expect(headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' });
    expect((await headersOf('/openapi.yaml'))['content-encoding']).toBeUndefined();
  });

  it('that never change are compressed once, and not sent again to a browser that has them', async () => {
    const bundle = '/docs/swagger-ui-bundle.js';
    const first = await fetch(`${api.url}${bundle}`);
    const text = await first.text();
    expect([first.status, first.headers.get('content-encoding')]).toEqual([200, 'gzip']);
    const plain = await fetch(`${api.url}${bundle}`, { headers: { 'accept-encoding': 'gzip;q=0, identity' } });
    expect([await plain.text(), plain.headers.get('content-encoding')]).toEqual([text, null]);
    const again = await fetch(`${api.url}${bundle}`, { headers: { 'if-none-match': first.headers.get('etag') ?? '' } });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  it('are the same after decompression', async () => {
    for (let i = 0; i < 12; i++) await createGroup(ana, { description: 'x'.repeat(200) });
    const plain = await ana.get('/api/groups', { 'accept-encoding': 'identity' }).expect(200);
    const compressed = await ana.get('/api/groups', { 'accept-encoding': 'gzip' }).expect(200);
    expect(compressed.headers['content-encoding']).toBe('gzip');
    expect(compressed.body).toEqual(plain.body);
    expect(Number(compressed.headers['content-length'])).toBeLessThan(2_048);
    expect(compressed.headers['cache-control']).toBe(plain.headers['cache-control']);
  });

  it('of less than 2 KiB and streams are not', async () => {
    const { id } = await createGroup(ana);
    for (const path of ['/api/me', `/api/groups/${id}/progress/stream`])
      expect((await headersOf(path, { 'accept-encoding': 'gzip' }))['content-encoding']).toBeUndefined();
  });
});

it('A compressed request is refused, however much it would expand to', async () => {
  const bomb = gzipSync(JSON.stringify({ display_name: 'x'.repeat(10_000_000) }));
  const response = await fetch(`${api.url}/api/me`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${ana.token}`, 'content-type': 'application/json', 'content-encoding': 'gzip' },
    body: bomb,
  });
  expect(response.status).toBe(400);
});
