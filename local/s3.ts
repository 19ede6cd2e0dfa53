import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import S3rver, { type Context } from '@20minutes/s3rver';
import { reachableAddress } from './network.js';
import { LOOPBACK } from './ports.js';

const BUCKET = 'lockin-avatars';

export interface LocalS3 {
  readonly port: number;
  readonly environment: Record<string, string>;
  stop(): Promise<void>;
}

/** Allows reads and uploads from any origin, as the production bucket does (docs/deployment.md). */
const CORS = `<?xml version="1.0" encoding="UTF-8"?>
<CORSConfiguration>
  <CORSRule>
    <AllowedOrigin>*</AllowedOrigin>
    <AllowedMethod>GET</AllowedMethod>
    <AllowedMethod>HEAD</AllowedMethod>
    <AllowedMethod>PUT</AllowedMethod>
    <AllowedHeader>*</AllowedHeader>
  </CORSRule>
</CORSConfiguration>`;

/**
 * Starts s3rver, an emulator of Amazon S3, in this process. It listens where the API does, because the same clients upload
 * and read avatars. `endpoint` is the URL at which they reach it.
 */
export async function startS3(
  directory: string,
  port: number,
  host = LOOPBACK,
  endpoint = `http://${reachableAddress(host)}:${port}`,
): Promise<LocalS3> {
  // s3rver reads the old CORS file before it replaces it, and fails if a killed run has left it incomplete.
  await rm(join(directory, BUCKET, '._S3rver_cors.xml'), { force: true });
  const server = new S3rver({
    address: host,
    port,
    silent: true,
    directory,
    vhostBuckets: false,
    configureBuckets: [{ name: BUCKET, configs: [CORS] }],
  });
  server.middleware.unshift(refuseUnsignedWrites, skipListingSignature);
  await server.run();
  return {
    port,
    environment: {
      S3_BUCKET: BUCKET,
      S3_REGION: 'us-east-1',
      S3_ENDPOINT: endpoint,
      AVATAR_PUBLIC_BASE_URL: `${endpoint}/${BUCKET}`,
      // The only account of s3rver. An AWS profile or session token of the developer would take precedence over the keys.
      AWS_ACCESS_KEY_ID: 'S3RVER',
      AWS_SECRET_ACCESS_KEY: 'S3RVER',
      AWS_SESSION_TOKEN: '',
      AWS_PROFILE: '',
    },
    stop: async () => {
      const closed = server.close();
      server.httpServer.closeAllConnections();
      await closed;
    },
  };
}

/**
 * s3rver accepts every unsigned request; the production bucket accepts unsigned requests for reading avatars only.
 * s3rver verifies the signature of every request that has one of the two signature fields checked here.
 */
async function refuseUnsignedWrites(context: Context, next: () => Promise<void>): Promise<void> {
  const signed = 'authorization' in context.headers || 'X-Amz-Algorithm' in context.query;
  const readsAvatar = ['GET', 'HEAD'].includes(context.method) && context.path.startsWith(`/${BUCKET}/avatars/`);
  if (signed || readsAvatar || context.method === 'OPTIONS') return next();
  context.status = 403;
}

/**
 * The SDK signs a listing with the path /bucket/. Unlike S3, s3rver verifies it against the path without the trailing
 * slash, which always fails. The signature of a listing must be present, but is not verified.
 */
async function skipListingSignature({ method, path, headers }: Context, next: () => Promise<void>): Promise<void> {
  if (method === 'GET' && path === `/${BUCKET}/`) delete headers['authorization'];
  return next();
}
