import { describe, expect, it } from '@jest/globals';
import { createLockInClient, type LockInClient, type PickedImage, uploadAvatar } from '@lockin/sdk';

const JPEG = new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1]);
const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]);
const WEBP = new TextEncoder().encode('RIFF\u0001\u0002\u0003\u0004WEBPVP8 ');
const HEIC = new TextEncoder().encode('\u0000\u0000\u0000\u0018ftypheic');

/** What was announced to the API, and uploaded. */
interface Upload {
  announced?: unknown;
  uploaded?: Blob | string | undefined;
}

/** A client whose device has one file, of unknown type, at every `file:` and `content:` URI. */
function client(upload: Upload, file: Uint8Array<ArrayBuffer> = JPEG): LockInClient {
  return createLockInClient({
    baseUrl: 'https://api.lockin.example',
    token: () => 'token',
    fetch: async (url, { body }) => {
      if (/^(file|content):/.test(url)) return new Response(file);
      if (url.endsWith('/upload-url')) upload.announced = JSON.parse(body as string);
      if (url.endsWith('/picture')) upload.uploaded = body;
      const picture = 'https://files.example/picture';
      return Response.json({ method: 'PUT', url: picture, headers: {}, avatar_url: picture });
    },
  });
}

describe('The content type of an avatar', () => {
  it.each<[string, PickedImage | Blob, string]>([
    ['of an asset of expo-image-picker', { uri: 'file:///a', mimeType: 'image/webp' }, 'image/webp'],
    ['that a picker calls image/jpg', { uri: 'file:///a.png', mimeType: 'image/jpg' }, 'image/jpeg'],
    ["of a file of React Native's FormData", { uri: 'file:///a', type: 'image/png', name: 'a' }, 'image/png'],
    ['by the name of an asset', { uri: 'content://media/1', type: 'image', fileName: 'IMG_1.PNG' }, 'image/png'],
    ['by the URI', { uri: 'file:///a.webp', type: 'image', mimeType: null }, 'image/webp'],
    ['by the first bytes', { uri: 'content://media/1' }, 'image/jpeg'],
    ['of a Blob', new Blob([PNG], { type: 'image/png' }), 'image/png'],
    ['by the name of a File without a type', new File([PNG], 'me.png'), 'image/png'],
    ['by the first bytes of a Blob: JPEG', new Blob([JPEG]), 'image/jpeg'],
    ['by the first bytes of a Blob: PNG', new Blob([PNG], { type: 'application/octet-stream' }), 'image/png'],
    ['by the first bytes of a Blob: WebP', new Blob([WEBP]), 'image/webp'],
  ])('is that %s', async (_, image, contentType) => {
    const upload: Upload = {};
    await uploadAvatar(client(upload), image);
    const content_length = image instanceof Blob ? image.size : JPEG.length;
    expect(upload.announced).toEqual({ content_type: contentType, content_length });
    expect(upload.uploaded).toBeInstanceOf(Blob);
  });

  it('is that of the option first', async () => {
    const upload: Upload = {};
    await uploadAvatar(client(upload), { uri: 'file:///a.png' }, { contentType: 'image/webp' });
    expect(upload.announced).toMatchObject({ content_type: 'image/webp' });
  });

  it.each<[string, PickedImage | Blob]>([
    ['image/heic', { uri: 'file:///a.jpg', mimeType: 'image/heic' }],
    ['a .heic file', { uri: 'file:///a.HEIC' }],
    ['a file of an unknown type', { uri: 'content://media/1' }],
    ['text/plain', new Blob(['me'], { type: 'text/plain' })],
  ])('must not be another: %s', async (found, image) => {
    const upload: Upload = {};
    await expect(uploadAvatar(client(upload, HEIC), image)).rejects.toMatchObject({
      name: 'ProblemError',
      code: 'invalid_request',
      message: `The image must be a JPEG, PNG or WebP file, not ${found}.`,
      errors: [{ pointer: '/content_type' }],
    });
    expect(upload.announced).toBeUndefined();
  });
});
