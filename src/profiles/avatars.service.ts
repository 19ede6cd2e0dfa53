import { DeleteObjectCommand, paginateListObjectsV2, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Environment } from '../config/environment.js';
import type { AvatarUpload, CreateAvatarUpload, ImageType } from './profiles.dto.js';

const UPLOAD_SECONDS = 10 * 60;

/** A request waits for S3 here; what fails is tried again each minute. */
const TIMEOUTS = { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true };

const endings: Record<ImageType, string> = { 'image/jpeg': 'jpg', 'image/png': 'png', 'image/webp': 'webp' };

/** Clients upload avatars to S3 by a presigned PUT and read them from there; no image passes through this API. */
@Injectable()
export class AvatarsService implements OnApplicationShutdown {
  private readonly s3: S3Client;

  constructor(private readonly environment: Environment) {
    const { S3_REGION: region, S3_ENDPOINT: endpoint } = environment;
    this.s3 = new S3Client({
      region,
      ...(endpoint && { endpoint, forcePathStyle: true }),
      // Otherwise the URL contains the checksum of an empty body, and S3 refuses any other.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      requestHandler: TIMEOUTS,
      maxAttempts: 2,
    });
  }

  /** Type and size are signed, so S3 refuses another type or size (specification 4). */
  async createUpload(owner: string, { content_type, content_length }: CreateAvatarUpload): Promise<AvatarUpload> {
    const key = `${prefixOf(owner)}${randomUUID()}.${endings[content_type]}`;
    const expires_at = new Date(Date.now() + UPLOAD_SECONDS * 1000).toISOString();
    const put = new PutObjectCommand({
      Bucket: this.environment.S3_BUCKET,
      Key: key,
      ContentType: content_type,
      ContentLength: content_length,
    });
    const url = await getSignedUrl(this.s3, put, {
      expiresIn: UPLOAD_SECONDS,
      signableHeaders: new Set(['content-type', 'content-length', 'host']),
    });
    const headers = { 'content-type': content_type, 'content-length': String(content_length) };
    return { method: 'PUT', url, headers, avatar_url: this.urlOf(key), expires_at };
  }

  /** Whether createUpload() could have returned this URL for this user. */
  isOwn(owner: string, url: string): boolean {
    const own = this.urlOf(prefixOf(owner));
    return url.startsWith(own) && /^[0-9a-f-]{36}\.(jpg|png|webp)$/.test(url.slice(own.length));
  }

  /** Removes all uploads of a user, also those that never became the avatar. */
  async removeAll(owner: string): Promise<void> {
    const bucket = { Bucket: this.environment.S3_BUCKET };
    for await (const { Contents = [] } of paginateListObjectsV2(
      { client: this.s3 },
      { ...bucket, Prefix: prefixOf(owner) },
    )) {
      await Promise.all(Contents.map(({ Key }) => this.s3.send(new DeleteObjectCommand({ ...bucket, Key }))));
    }
  }

  onApplicationShutdown(): void {
    this.s3.destroy();
  }

  private urlOf(key: string): string {
    return `${this.environment.AVATAR_PUBLIC_BASE_URL}/${key}`;
  }
}

function prefixOf(owner: string): string {
  return `avatars/${owner}/`;
}
