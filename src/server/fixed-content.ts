import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyReply } from 'fastify';

/** Content that stays the same while the process runs. It is compressed once: anybody may ask for it, without a token. */
export class FixedContent {
  readonly etag: string;
  private compressed: Promise<Buffer> | undefined;

  constructor(private readonly content: string | Buffer) {
    this.etag = `W/"${createHash('sha256').update(content).digest('base64url')}"`;
  }

  /** The content as the client accepts it; sets the headers for it, which @fastify/compress leaves alone. */
  async encodedFor(reply: FastifyReply): Promise<string | Buffer> {
    const varies = [reply.getHeader('vary'), 'accept-encoding'].filter(Boolean);
    void reply.header('vary', varies.join(', '));
    const { 'accept-encoding': accepted = '' } = reply.request.headers;
    if (!/\bgzip\b(?!\s*;\s*q=0(\.0*)?\b)/i.test(accepted)) return this.content;
    this.compressed ??= promisify(gzip)(this.content);
    void reply.header('content-encoding', 'gzip');
    return this.compressed;
  }
}
