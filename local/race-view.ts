import type { FastifyInstance } from 'fastify';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Environment } from '../src/config/environment.js';
import { projectFolder } from '../src/config/project-folder.js';
import type { LocalStack } from './local-stack.js';

export const RACE_PATH = '/race';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The names of these files contain a hash of their content. */
const IMMUTABLE = 'public, max-age=31536000, immutable';

/** A file, and the copies that the build compressed, the smallest first. */
interface StaticFile {
  plain: Buffer;
  compressed: { encoding: string; content: Buffer }[];
}

/** Serves the built examples/race-view, which signs in the demo users of the local user pool. */
export function serveRaceView(fastify: FastifyInstance, stack: LocalStack, environment: Environment): void {
  const folder = join(projectFolder(import.meta.dirname), 'examples/race-view/dist');
  if (!stack.cognito || !existsSync(folder)) return;
  const security = { 'content-security-policy': contentSecurityPolicy(environment), vary: 'accept-encoding' };
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const type = CONTENT_TYPES[extname(name)];
    if (!type) continue;
    const file = readFile(join(folder, name));
    const headers = { ...security, 'cache-control': name.startsWith('assets/') ? IMMUTABLE : 'no-cache' };
    const paths = name === 'index.html' ? [RACE_PATH, `${RACE_PATH}/`] : [`${RACE_PATH}/${name}`];
    for (const path of paths) {
      fastify.get(path, (request, reply) => {
        const { encoding, content } = encode(file, request.headers['accept-encoding']);
        return reply
          .headers(encoding ? { ...headers, 'content-encoding': encoding } : headers)
          .type(type)
          .send(content);
      });
    }
  }
}

function readFile(file: string): StaticFile {
  return {
    plain: readFileSync(file),
    compressed: [
      { encoding: 'br', content: readFileSync(`${file}.br`) },
      { encoding: 'gzip', content: readFileSync(`${file}.gz`) },
    ],
  };
}

function encode({ plain, compressed }: StaticFile, acceptEncoding = ''): { encoding?: string; content: Buffer } {
  const accepted = acceptEncoding.split(',').map((name) => name.trim());
  return compressed.find(({ encoding }) => accepted.includes(encoding)) ?? { content: plain };
}

/** No inline code or styles, and no other origin than that of the avatars. */
function contentSecurityPolicy({ AVATAR_PUBLIC_BASE_URL }: Environment): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src 'self' ${new URL(AVATAR_PUBLIC_BASE_URL).origin}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
