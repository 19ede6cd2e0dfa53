import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { escapePointer } from '../common/unknown-fields.js';
import { type FieldError, invalid, Problem } from '../common/problem.js';

export const BODY_LIMIT_BYTES = 65_536;

/** More than any input of this API needs; limits the recursion over a body. */
const MAX_DEPTH = 16;

declare module 'fastify' {
  interface FastifyRequest {
    /** Why the body cannot be read. UnknownInputGuard throws it after the guards of auth/, so that a 401 comes first. */
    bodyProblem?: Problem;
  }
}

/** The type without its parameters. */
const MEDIA_TYPE = /^\s*([\w.+-]+\/[\w.+-]+)\s*(?:;|$)/;

/** Parses JSON and no other type. An empty body is no body, whatever its type: tunnels and old clients send one to `:pause`. */
export function registerJsonBodyParser(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.decorateRequest('bodyProblem', undefined);
  // Fastify refuses malformed types before it is known whether there is a body.
  fastify.addHook('onRequest', ({ raw: { headers } }, _reply, done) => {
    const type = headers['content-type'];
    if (type !== undefined) headers['content-type'] = MEDIA_TYPE.exec(type)?.[1];
    done();
  });
  fastify.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, bytes, done) => {
    try {
      done(null, bytes.length === 0 ? undefined : parse(bytes));
    } catch (error) {
      request.bodyProblem = error instanceof Problem ? error : invalid({ pointer: '', detail: 'must be valid JSON' });
      done(null, undefined);
    }
  });
  fastify.addContentTypeParser<Buffer>('*', { parseAs: 'buffer' }, (request, bytes, done) => {
    if (bytes.length > 0) request.bodyProblem = new Problem('unsupported_media_type');
    done(null, undefined);
  });
}

function parse(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw invalid({ pointer: '', detail: 'must be encoded as UTF-8' });
  const body: unknown = JSON.parse(bytes.toString());
  const error = unacceptable(body, '', 0);
  if (error) throw invalid(error);
  return body ?? undefined;
}

/** PostgreSQL stores neither NUL nor unpaired surrogates, so they are refused everywhere (specification 1). */
function unacceptable(value: unknown, pointer: string, depth: number): FieldError | undefined {
  if (typeof value === 'string')
    return storable(value) ? undefined : { pointer, detail: 'contains a character that is not allowed' };
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth === MAX_DEPTH) return { pointer: '', detail: 'is nested too deeply' };
  for (const [name, child] of Object.entries(value)) {
    if (!storable(name))
      return { pointer, detail: 'has a property whose name contains a character that is not allowed' };
    const error = unacceptable(child, `${pointer}/${escapePointer(name)}`, depth + 1);
    if (error) return error;
  }
  return undefined;
}

function storable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}
