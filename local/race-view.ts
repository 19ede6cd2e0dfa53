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

/** Serves the built examples/race-view, which signs in the demo users of the local user pool. */
export function serveRaceView(fastify: FastifyInstance, stack: LocalStack, environment: Environment): void {
  const folder = join(projectFolder(import.meta.dirname), 'examples/race-view/dist');
  if (!stack.cognito || !existsSync(folder)) return;
  const headers = { 'cache-control': 'no-cache', 'content-security-policy': contentSecurityPolicy(environment) };
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const type = CONTENT_TYPES[extname(name)];
    if (!type) continue;
    const content = readFileSync(join(folder, name));
    const paths = name === 'index.html' ? [RACE_PATH, `${RACE_PATH}/`] : [`${RACE_PATH}/${name}`];
    for (const path of paths) fastify.get(path, (_, reply) => reply.headers(headers).type(type).send(content));
  }
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
