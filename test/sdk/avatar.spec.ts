import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createLockInClient, type LockInClient, uploadAvatar } from '@lockin/sdk';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../local/ports.js';
import { type LocalS3, startS3 } from '../../local/s3.js';
import type { Me } from '../../src/profiles/profiles.dto.js';
import { type Api, type Person, startApi } from '../support/api.js';
import { bodyOf } from '../support/request.js';
import { createTestClient } from './support/test-client.js';

const PICTURE = new Uint8Array(2_000).fill(7);

let folder: string;
let s3: LocalS3;
let api: Api;
let ana: Person;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockin-sdk-'));
  s3 = await startS3(folder, await freePort());
  Object.assign(process.env, s3.environment);
  api = await startApi(s3.environment);
  ana = await api.person('Ana');
});
afterAll(async () => {
  await api.stop();
  await s3.stop();
  await rm(folder, { recursive: true });
});

describe('uploadAvatar', () => {
  it('uploads the image and sets it as the avatar', async () => {
    const { avatar_url } = await uploadAvatar(createTestClient(api, ana), new Blob([PICTURE], { type: 'image/png' }));
    expect((await bodyOf<Me>(ana.get('/api/me').expect(200))).avatar_url).toBe(avatar_url);
    const image = await fetch(avatar_url!);
    expect(image.headers.get('content-type')).toBe('image/png');
    expect(new Uint8Array(await image.arrayBuffer())).toEqual(PICTURE);
  });

  it('retries the upload after a network failure, and sends no token to the file storage', async () => {
    const sent: Headers[] = [];
    const lockin = createTestClient(api, ana, {
      fetch: async (url, init) => {
        if (url.startsWith(api.url)) return await fetch(url, init);
        if (sent.push(new Headers(init.headers)) === 1) throw new TypeError('Network request failed');
        return await fetch(url, init);
      },
    });
    await uploadAvatar(lockin, new Blob([PICTURE], { type: 'image/jpeg' }));
    expect(sent.map((headers) => headers.has('authorization'))).toEqual([false, false]);
  });

  it('throws for another content type and for a refused upload, and keeps the old avatar', async () => {
    const before = await bodyOf<Me>(ana.get('/api/me').expect(200));
    const wrongType = uploadAvatar(createTestClient(api, ana), new Blob(['me'], { type: 'text/plain' }));
    await expect(wrongType).rejects.toMatchObject({ code: 'invalid_request', errors: [{ pointer: '/content_type' }] });

    const wrongFile = uploadAvatar(clientWithWrongUpload(), new Blob([PICTURE], { type: 'image/png' }));
    await expect(wrongFile).rejects.toMatchObject({ status: 403, code: 'unexpected_response' });
    expect((await bodyOf<Me>(ana.get('/api/me').expect(200))).avatar_url).toBe(before.avatar_url);
  });

  it('is told when the file storage does not answer', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance'] });
    try {
      const lockin = silentClient();
      const upload = uploadAvatar(lockin, new Blob([PICTURE], { type: 'image/png' }));
      const refused = expect(upload).rejects.toThrow('The file storage did not answer within 120 seconds.');
      await jest.advanceTimersByTimeAsync(400_000);
      await refused;
    } finally {
      jest.useRealTimers();
    }
  });

  /** Has a file storage that never responds, and ignores the signal. */
  const silentClient = (): LockInClient =>
    createLockInClient({
      baseUrl: 'https://api.lockin.example',
      token: () => 'token',
      fetch: async (url) =>
        url.startsWith('https://api.lockin.example')
          ? Response.json({
              method: 'PUT',
              url: 'https://files.example/1',
              headers: {},
              avatar_url: 'https://files.example/1',
            })
          : await new Promise<never>(() => undefined),
    });

  /** Uploads another file than the one that it announced. */
  function clientWithWrongUpload(): LockInClient {
    return createTestClient(api, ana, {
      fetch: (url, { headers, ...init }) =>
        url.startsWith(api.url)
          ? fetch(url, { headers, ...init })
          : fetch(url, { ...init, headers: { 'content-type': 'image/png' }, body: 'short' }),
    });
  }
});
