import type { LockInClient } from './client.js';
import { ProblemError, unwrap } from './errors.js';
import { withRetries } from './http/retry.js';
import type { AvatarUpload, ImageType, Profile } from './types.js';

const MAX_UPLOAD_RETRIES = 2;

/**
 * Uploads an image and sets it as the user's avatar. Returns the updated profile.
 *
 * The image must be a JPEG, PNG or WebP file of at most 5 MiB, and `file.type` must be set. Throws a `ProblemError`
 * with code `invalid_request` for another type or size, and with `unexpected_response` if the file storage refuses the
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
export async function uploadAvatar(lockin: LockInClient, file: Blob): Promise<Profile> {
  const body = { content_type: file.type as ImageType, content_length: file.size };
  const upload = await unwrap(lockin.api.POST('/api/profiles/avatar/upload-url', { body }));
  await uploadFile(lockin, upload, file);
  return await unwrap(lockin.api.PATCH('/api/me', { body: { avatar_url: upload.avatar_url } }));
}

/** Safe to retry: the upload URL accepts the same file more than once. */
async function uploadFile(lockin: LockInClient, { method, url, headers }: AvatarUpload, file: Blob): Promise<void> {
  const { plainFetch, clock } = lockin;
  const send = (): Promise<Response> => plainFetch(url, { method, headers, body: file });
  const response = await withRetries(send, { maxRetries: MAX_UPLOAD_RETRIES, clock });
  if (!response.ok) throw new ProblemError(response, await response.text());
}
