import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { User } from '../auth/user.js';
import { Database } from '../database/database.js';
import type { Json } from '../common/json.js';
import { invalid } from '../common/problem.js';
import * as sql from './idempotency.sql.js';

/** The response of a creating operation: 201 and the location, or 200 if the resource existed. */
export interface Answer<T = unknown> {
  status: 200 | 201;
  location: string | null;
  body: Json<T>;
}

const HEADER = 'idempotency-key';
const PRINTABLE = /^[ -~]{1,255}$/;

/** Makes creating requests safe to repeat (specification 1, Retries; database/maintenance/idempotency.sql). */
@Injectable()
export class IdempotencyService {
  constructor(private readonly database: Database) {}

  /**
   * Returns the response of `work`, or the stored response if the user sent the same request with the same key before.
   * The response is stored in the transaction of the work. Without a key, `work` alone runs.
   */
  async once<T>(user: User, reply: FastifyReply, input: object, work: () => Promise<Answer<T>>): Promise<Json<T>> {
    const key = keyOf(reply.request);
    const answer = key === undefined ? await work() : await this.withKey(user, key, reply.request, input, work);
    void reply.code(answer.status);
    if (answer.location !== null) void reply.header('location', answer.location);
    return answer.body as Json<T>;
  }

  private withKey(
    user: User,
    key: string,
    request: FastifyRequest,
    input: object,
    work: () => Promise<Answer>,
  ): Promise<Answer> {
    const claim = [user.id, key, fingerprint(request, input)] as const;
    return this.database.inTransaction(async () => {
      const stored = await this.database.first(sql.claimKey, ...claim);
      if (stored !== undefined) return stored;
      const answer = await work();
      const { status, location, body } = answer;
      await this.database.first(sql.storeResponse, ...claim, status, location, body);
      return answer;
    });
  }
}

function keyOf({ headers, raw }: FastifyRequest): string | undefined {
  const key = headers[HEADER];
  if (key === undefined) return undefined;
  // Node.js joins headers that are sent twice, and a comma may also be part of a key.
  if (raw.headersDistinct[HEADER]?.length !== 1)
    throw invalid({ pointer: 'Idempotency-Key', detail: 'must be sent only once' });
  if (typeof key !== 'string' || !PRINTABLE.test(key))
    throw invalid({ pointer: 'Idempotency-Key', detail: 'must be 1 to 255 printable ASCII characters' });
  return key;
}

/**
 * The same for equal requests: of the body, the parsed values count and not their spelling, and a path may be
 * percent-encoded and contain ids in either case.
 */
function fingerprint({ method, url }: FastifyRequest, input: object): Buffer {
  const path = decodeURIComponent(url).toLowerCase();
  const properties = Object.entries(input)
    .filter(([, value]) => value !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([method, path, properties], withSortedNames))
    .digest();
}

/** For JSON.stringify: the order of the names in nested objects has no meaning. */
function withSortedNames(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
