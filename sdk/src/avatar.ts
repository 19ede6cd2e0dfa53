import type { LockIn } from './client.js';
import { ProblemError, unwrap } from './problem.js';
import { retrying } from './retries.js';
import type { components } from './schema.js';

type Me = components['schemas']['Me'];
type Upload = components['schemas']['AvatarUpload'];
type ImageType = components['schemas']['CreateAvatarUpload']['content_type'];

const RETRIES = 2;

/** Uploads a picture to where the API says, and shows it to others from then on. */
export async function uploadAvatar(lockin: LockIn, file: Blob): Promise<Me> {
  const body = { content_type: file.type as ImageType, content_length: file.size };
  const upload = await unwrap(lockin.api.POST('/api/profiles/avatar/upload-url', { body }));
  await put(lockin, upload, file);
  return await unwrap(lockin.api.PATCH('/api/me', { body: { avatar_url: upload.avatar_url } }));
}

/** The storage takes the same file at the same address as often as it is sent. */
async function put({ plainFetch, clock }: LockIn, { method, url, headers }: Upload, file: Blob): Promise<void> {
  const send = (): Promise<Response> => plainFetch(url, { method, headers, body: file });
  const response = await retrying(send, { retries: RETRIES, clock });
  if (!response.ok) throw new ProblemError(response, await response.text());
}
