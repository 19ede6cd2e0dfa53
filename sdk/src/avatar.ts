import type { LockInClient } from './client.js';
import { ProblemError, unwrap } from './errors.js';
import { withinTime } from './http/abort.js';
import { withRetries } from './http/retry.js';
import { contentTypeOf, type PickedImage } from './image-type.js';
import type { AvatarUpload, ImageType, Profile } from './types.js';

export type { PickedImage };

const MAX_UPLOAD_RETRIES = 2;
/** 5 MiB at 350 kbit/s. */
const UPLOAD_TIMEOUT_MS = 120_000;

/**
 * Uploads an image and sets it as the user's avatar. Returns the updated profile.
 *
 * The image must be a JPEG, PNG or WebP file of at most 5 MiB: a Blob, a File, or what a picker of React Native returns.
 * Its type is `contentType`, or else that of the file, of its name or of its first bytes. Throws a `ProblemError` with
 * code `invalid_request` for another type or size, and with `unexpected_response` if the file storage refuses the
 * upload; then the old avatar stays.
 *
 * @example
 * ```ts
 * import { uploadAvatar } from '@lockin/sdk';
 * import { lockin } from './lockin';
 *
 * export async function onFileChosen(input: HTMLInputElement) {
 *   const file = input.files?.[0];
 *   if (file) return await uploadAvatar(lockin, file);
 * }
 * ```
 */
export async function uploadAvatar(
  lockin: LockInClient,
  image: Blob | PickedImage,
  options: { contentType?: ImageType } = {},
): Promise<Profile> {
  const file = 'uri' in image ? await readFile(lockin, image.uri) : image;
  const content_type = options.contentType ?? (await contentTypeOf(image, file));
  const body = { content_type, content_length: file.size };
  const upload = await unwrap(lockin.api.POST('/api/profiles/avatar/upload-url', { body }));
  await uploadFile(lockin, upload, file);
  return await unwrap(lockin.api.PATCH('/api/me', { body: { avatar_url: upload.avatar_url } }));
}

async function readFile({ plainFetch }: LockInClient, uri: string): Promise<Blob> {
  const read = async (): Promise<Blob> => await (await plainFetch(uri, { method: 'GET', headers: {} })).blob();
  return await withinTime(UPLOAD_TIMEOUT_MS, 'The image', read());
}

/** Safe to retry: the upload URL accepts the same file more than once. */
async function uploadFile(lockin: LockInClient, { method, url, headers }: AvatarUpload, file: Blob): Promise<void> {
  const { plainFetch, clock } = lockin;
  const send = async (): Promise<Response> => {
    const response = await plainFetch(url, { method, headers, body: file });
    const text = await response.text();
    return new Response(text === '' ? null : text, { status: response.status, headers: response.headers });
  };
  const sendWithinTime = (): Promise<Response> => withinTime(UPLOAD_TIMEOUT_MS, 'The file storage', send());
  const response = await withRetries(sendWithinTime, { maxRetries: MAX_UPLOAD_RETRIES, clock });
  if (!response.ok) throw new ProblemError(response, await response.text());
}
