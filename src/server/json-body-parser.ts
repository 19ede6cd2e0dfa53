import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { escapePointer } from '../common/validation.pipe.js';
import { type Fault, invalid, Problem } from '../common/problem.js';

export const BODY_LIMIT_BYTES = 65_536;

/** Deeper than anything that this API reads, and shallow enough for everybody who walks down a body. */
const DEEPEST = 16;

declare module 'fastify' {
  interface FastifyRequest {
    /** What is wrong with the body. It is told only to people who may use the route, so the guard comes first. */
    bodyFault?: Problem;
  }
}

/** Bodies are JSON and nothing else; an empty one is none, since phones send that to `:pause` as application/json. */
export function acceptJsonOnly(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.decorateRequest('bodyFault', undefined);
  fastify.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, bytes, done) => {
    try {
      done(null, bytes.length === 0 ? undefined : parse(bytes));
    } catch (error) {
      request.bodyFault = error instanceof Problem ? error : invalid({ pointer: '', detail: 'must be valid JSON' });
      done(null, undefined);
    }
  });
}

function parse(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw invalid({ pointer: '', detail: 'must be encoded as UTF-8' });
  const body: unknown = JSON.parse(bytes.toString());
  const fault = unacceptable(body, '', 0);
  if (fault) throw invalid(fault);
  return body ?? undefined;
}

/** PostgreSQL stores neither NUL nor half a surrogate pair, so they are refused wherever they are (specification 1). */
function unacceptable(value: unknown, pointer: string, depth: number): Fault | undefined {
  if (typeof value === 'string')
    return storable(value) ? undefined : { pointer, detail: 'contains a character that is not allowed' };
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth === DEEPEST) return { pointer: '', detail: 'is nested too deeply' };
  for (const [name, child] of Object.entries(value)) {
    if (!storable(name))
      return { pointer, detail: 'has a property whose name contains a character that is not allowed' };
    const fault = unacceptable(child, `${pointer}/${escapePointer(name)}`, depth + 1);
    if (fault) return fault;
  }
  return undefined;
}

function storable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}
