import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import S3rver, { type Context } from '@20minutes/s3rver';
import { LOOPBACK } from './ports.js';

const BUCKET = 'lockin-avatars';

export interface LocalS3 {
  readonly port: number;
  readonly environment: Record<string, string>;
  stop(): Promise<void>;
}

/** Browsers may read and upload from anywhere, as the production bucket allows (docs/deployment.md). */
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

/** Amazon S3, played by s3rver inside this process. */
export async function startS3(directory: string, port: number): Promise<LocalS3> {
  // s3rver reads its old settings before it writes them anew, and a kill may have left half of them.
  await rm(join(directory, BUCKET, '._S3rver_cors.xml'), { force: true });
  const server = new S3rver({
    address: LOOPBACK,
    port,
    silent: true,
    directory,
    vhostBuckets: false,
    configureBuckets: [{ name: BUCKET, configs: [CORS] }],
  });
  server.middleware.unshift(refuseUnsignedWrites, takeListingsAsSigned);
  await server.run();
  const endpoint = `http://${LOOPBACK}:${port}`;
  return {
    port,
    environment: {
      S3_BUCKET: BUCKET,
      S3_REGION: 'us-east-1',
      S3_ENDPOINT: endpoint,
      AVATAR_PUBLIC_BASE_URL: `${endpoint}/${BUCKET}`,
      // s3rver's one account. A profile or session of the developer's own would be asked before it.
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
 * s3rver lets anybody do anything without a signature; the real bucket lets them read an avatar. A request counts as
 * signed by the very mark at which s3rver begins to check.
 */
async function refuseUnsignedWrites(context: Context, next: () => Promise<void>): Promise<void> {
  const signed = 'authorization' in context.headers || 'X-Amz-Algorithm' in context.query;
  const reads = ['GET', 'HEAD'].includes(context.method) && context.path.startsWith(`/${BUCKET}/avatars/`);
  if (signed || reads || context.method === 'OPTIONS') return next();
  context.status = 403;
}

/**
 * The SDK asks for a listing at /bucket/ and signs that path; s3rver leaves the last slash out and would refuse every
 * signature, unlike S3. So a listing only has to bring one.
 */
async function takeListingsAsSigned({ method, path, headers }: Context, next: () => Promise<void>): Promise<void> {
  if (method === 'GET' && path === `/${BUCKET}/`) delete headers['authorization'];
  return next();
}
