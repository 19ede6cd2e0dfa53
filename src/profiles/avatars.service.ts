import { DeleteObjectCommand, paginateListObjectsV2, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Outage } from '../common/outage.js';
import { Problem } from '../common/problem.js';
import { Environment } from '../config/environment.js';
import type { AvatarUpload, CreateAvatarUpload, ImageType } from './profiles.dto.js';

const UPLOAD_SECONDS = 10 * 60;
/** An upload may begin until the URL expires, and then takes some time. */
export const LONGEST_UPLOAD_SECONDS = 2 * UPLOAD_SECONDS;

const RETRY_AFTER_S = 60;

/** A request waits for S3 here; what fails is tried again each minute. */
const TIMEOUTS = { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true };

const endings: Record<ImageType, string> = { 'image/jpeg': 'jpg', 'image/png': 'png', 'image/webp': 'webp' };

/** Clients upload avatars to S3 by a presigned PUT and read them from there; no image passes through this API. */
@Injectable()
export class AvatarsService implements OnModuleInit, OnApplicationShutdown {
  private readonly s3: S3Client;
  private readonly outage = new Outage(
    new Logger(AvatarsService.name),
    'AWS credentials unavailable',
    'AWS credentials available again',
  );

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

  /** Says at the start, which does not wait for it, that credentials are missing. */
  onModuleInit(): void {
    void this.requireCredentials().catch(() => undefined);
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
    await this.requireCredentials();
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

  /** The SDK finds them once and renews those that expire. Error: a 503 problem. */
  private async requireCredentials(): Promise<void> {
    try {
      await this.s3.config.credentials();
      this.outage.succeeded();
    } catch (error) {
      this.outage.failed((error as Error).message);
      throw new Problem('unavailable', {
        detail: 'Pictures cannot be uploaded at the moment. Please try again later.',
        retryAfter: RETRY_AFTER_S,
      });
    }
  }

  private urlOf(key: string): string {
    return `${this.environment.AVATAR_PUBLIC_BASE_URL}/${key}`;
  }
}

function prefixOf(owner: string): string {
  return `avatars/${owner}/`;
}
