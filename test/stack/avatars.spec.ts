import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../local/ports.js';
import { type LocalS3, startS3 } from '../../local/s3.js';
import type { AvatarUpload, ImageType, Me } from '../../src/profiles/profiles.dto.js';
import { type Api, type Person, startApi } from '../support/api.js';
import { bodyOf, problem, type ProblemBody } from '../support/request.js';

const PICTURE = new Uint8Array(2_000).fill(7);
const MIB = 1024 * 1024;

describe('An avatar', () => {
  let folder: string;
  let s3: LocalS3;
  let api: Api;
  let ana: Person;
  let ben: Person;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockin-avatars-'));
    s3 = await startS3(folder, await freePort());
    // The AWS SDK finds its credentials in the environment, as in production.
    Object.assign(process.env, s3.environment);
    api = await startApi(s3.environment);
    [ana, ben] = await Promise.all([api.person('Ana'), api.person('Ben')]);
  });
  beforeEach(async () => {
    await api.database.query('DELETE FROM rate_limit_uses');
  });
  afterAll(async () => {
    await api.stop();
    await s3.stop();
    await rm(folder, { recursive: true });
  });

  const prepare = (type: ImageType = 'image/png', size = PICTURE.length): Promise<AvatarUpload> =>
    bodyOf(ana.post('/api/profiles/avatar/upload-url', { content_type: type, content_length: size }).expect(200));

  /** fetch() sets the Content-Length, unless the body is a stream. */
  function put(url: string | URL, type?: string, body: BodyInit = PICTURE): Promise<Response> {
    const headers: Record<string, string> = type ? { 'content-type': type } : {};
    const init = { method: 'PUT', headers, body, duplex: 'half' };
    return fetch(url, init);
  }

  const bytesAt = async (url: string): Promise<Uint8Array> => new Uint8Array(await (await fetch(url)).arrayBuffer());

  async function expectRefusal(response: Response, reason: string, { avatar_url }: AvatarUpload): Promise<void> {
    expect([response.status, await response.text()]).toEqual([403, expect.stringContaining(`<Code>${reason}</Code>`)]);
    expect((await fetch(avatar_url)).status).toBe(404);
  }

  describe('uploaded as it was announced', () => {
    it.each([
      ['image/jpeg', 'jpg'],
      ['image/png', 'png'],
      ['image/webp', 'webp'],
    ] as const)('can be seen by anybody: %s', async (type, ending) => {
      const { method, url, headers, avatar_url } = await prepare(type);
      expect((await fetch(url, { method, headers, body: PICTURE })).status).toBe(200);

      expect(avatar_url).toMatch(new RegExp(`/avatars/${ana.id}/[0-9a-f-]{36}\\.${ending}$`));
      const seen = await fetch(avatar_url);
      expect([seen.status, seen.headers.get('content-type')]).toEqual([200, type]);
      expect(await bytesAt(avatar_url)).toEqual(PICTURE);
    });

    it('may be as large as 5 MiB', async () => {
      const { url, avatar_url } = await prepare('image/webp', 5 * MIB);
      expect((await put(url, 'image/webp', new Uint8Array(5 * MIB))).status).toBe(200);
      expect(await bytesAt(avatar_url)).toHaveLength(5 * MIB);
    });

    it('becomes part of the profile, and can be taken away again', async () => {
      const { url, avatar_url } = await prepare();
      await put(url, 'image/png');
      await ana.patch('/api/me', { avatar_url }).expect(200);
      expect((await bodyOf<Me>(ana.get('/api/me').expect(200))).avatar_url).toBe(avatar_url);
      await ana.patch('/api/me', { avatar_url: null }).expect(200);
      expect((await bodyOf<Me>(ana.get('/api/me').expect(200))).avatar_url).toBeNull();
    });
  });

  describe('is refused by S3', () => {
    it.each([
      ['another image type', 'image/jpeg'],
      ['no image at all', 'text/html'],
      ['the type with a parameter', 'image/png;charset=utf-8'],
      ['no type', undefined],
    ])('where it is of another type: %s', async (_, type) => {
      const upload = await prepare();
      await expectRefusal(await put(upload.url, type), 'SignatureDoesNotMatch', upload);
    });

    it.each([
      ['larger', new Uint8Array(PICTURE.length + 1)],
      ['smaller', PICTURE.subarray(1)],
      ['empty', new Uint8Array()],
    ])('where it is of another size: %s', async (_, body) => {
      const upload = await prepare();
      await expectRefusal(await put(upload.url, 'image/png', body), 'SignatureDoesNotMatch', upload);
    });

    it('where its size is not told', async () => {
      const upload = await prepare();
      const stream = new Blob([PICTURE]).stream();
      await expectRefusal(await put(upload.url, 'image/png', stream), 'SignatureDoesNotMatch', upload);
    });

    const tamperings: [string, (url: URL) => void][] = [
      ['name', (url) => (url.pathname = url.pathname.replace(/.{8}\.png$/, '00000000.png'))],
      ['ending', (url) => (url.pathname = url.pathname.replace(/png$/, 'jpg'))],
      ['person', (url) => (url.pathname = url.pathname.replace(ana.id, ben.id))],
      ['signature', (url) => url.searchParams.set('X-Amz-Signature', '0'.repeat(64))],
      ['end', (url) => url.searchParams.set('X-Amz-Expires', '86400')],
      ['list of signed headers', (url) => url.searchParams.set('X-Amz-SignedHeaders', 'host')],
      ['region', (url) => url.searchParams.set('X-Amz-Credential', 'S3RVER/20260101/eu-west-1/s3/aws4_request')],
    ];
    it.each(tamperings)('where its URL has been given another %s', async (_, tamper) => {
      const upload = await prepare();
      const url = new URL(upload.url);
      tamper(url);
      expect(url.href).not.toBe(new URL(upload.url).href);
      await expectRefusal(await put(url, 'image/png'), 'SignatureDoesNotMatch', upload);
      expect((await fetch(url.origin + url.pathname)).status).toBe(404);
    });

    it('where nobody has signed it', async () => {
      const { avatar_url } = await prepare();
      expect((await put(avatar_url, 'image/png')).status).toBe(403);
      expect((await fetch(avatar_url)).status).toBe(404);
    });
  });

  describe('has a URL to upload it that', () => {
    /** Moves the clock of S3, which runs in this process. */
    const setClock = (now: number): void => {
      jest.useFakeTimers({
        now,
        doNotFake: ['setTimeout', 'setInterval', 'setImmediate', 'nextTick', 'queueMicrotask'],
      });
    };
    afterEach(() => {
      jest.useRealTimers();
    });

    it('is good until expires_at and not any longer', async () => {
      setClock(Date.now());
      const { url, avatar_url, expires_at } = await prepare();
      const end = Date.parse(expires_at);
      expect(end - Date.now()).toBe(10 * 60_000);

      setClock(end - 1_000);
      expect((await put(url, 'image/png')).status).toBe(200);
      setClock(end + 1_000);
      const late = await put(url, 'image/png', new Uint8Array(PICTURE.length));
      expect([late.status, await late.text()]).toEqual([403, expect.stringContaining('Request has expired')]);
      expect(await bytesAt(avatar_url)).toEqual(PICTURE);
    });

    it.each(['GET', 'DELETE', 'POST'])('is good for nothing else: %s', async (method) => {
      const { url, avatar_url } = await prepare();
      await put(url, 'image/png');
      expect((await fetch(url, { method, headers: { 'content-type': 'image/png' } })).status).toBe(403);
      expect(await bytesAt(avatar_url)).toEqual(PICTURE);
    });
  });

  it('can be uploaded 30 times an hour', async () => {
    const cem = await api.person('Cem');
    const upload = { content_type: 'image/png', content_length: PICTURE.length };
    for (let count = 0; count < 30; count++) await cem.post('/api/profiles/avatar/upload-url', upload).expect(200);
    const { headers } = await cem.post('/api/profiles/avatar/upload-url', upload).expect(problem(429, 'rate_limited'));
    expect(Number(headers['retry-after'])).toBeGreaterThan(3_500);
  });

  it('can neither be listed nor removed by a visitor', async () => {
    const { url, avatar_url } = await prepare();
    await put(url, 'image/png');
    const { S3_ENDPOINT, S3_BUCKET } = s3.environment;
    for (const path of ['', `/${S3_BUCKET}`, `/${S3_BUCKET}?prefix=avatars/`])
      expect((await fetch(`${S3_ENDPOINT!}${path}`)).status).toBe(403);
    expect((await fetch(avatar_url, { method: 'DELETE' })).status).toBe(403);
    expect(await bytesAt(avatar_url)).toEqual(PICTURE);
  });

  describe('is refused by the API where it', () => {
    const foreignUrls: [string, (own: string) => string][] = [
      ["is somebody else's", (own) => own.replace(ana.id, ben.id)],
      ['lies elsewhere', (own) => own.replace(s3.environment['S3_ENDPOINT'] ?? '', 'https://example.com')],
      ['leads away from its folder', (own) => own.replace(`${ana.id}/`, `${ana.id}/../${ben.id}/`)],
      ['is a folder', (own) => own.slice(0, own.lastIndexOf('/') + 1)],
      ['has a name of its own', (own) => own.replace(/[^/]+$/, 'me.png')],
      ['carries a query', (own) => `${own}?size=large`],
    ];
    it.each(foreignUrls)('%s', async (_, change) => {
      const { avatar_url } = await prepare();
      const strange = change(avatar_url);
      expect(strange).not.toBe(avatar_url);
      const { errors } = await bodyOf<ProblemBody>(
        ana.patch('/api/me', { avatar_url: strange }).expect(problem(400, 'invalid_request')),
      );
      expect(errors).toEqual([expect.objectContaining({ pointer: '/avatar_url' })]);
      expect((await bodyOf<Me>(ana.get('/api/me').expect(200))).avatar_url).toBeNull();
    });
  });
});
