import type { FastifyRequest } from 'fastify';

const NAME = 'authorization';
const MAX_HEADER_LENGTH = 8 * 1024;
const BEARER = /^bearer +([\w-]+\.[\w-]+\.[\w-]+) *$/i;

/** The Authorization header. Several are joined, which no token matches; Node.js alone would keep the first of them. */
export function authorizationHeader({ raw: { rawHeaders } }: FastifyRequest): string {
  let header = '';
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    if (name.length !== NAME.length || name.toLowerCase() !== NAME) continue;
    const value = rawHeaders[i + 1] ?? '';
    header = header === '' ? value : `${header}, ${value}`;
  }
  return header;
}

/** The JWT of an Authorization header, or null if it holds none. */
export function bearerToken(header: string): string | null {
  return header.length <= MAX_HEADER_LENGTH ? (BEARER.exec(header)?.[1] ?? null) : null;
}
