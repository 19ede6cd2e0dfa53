import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../auth/user.js';
import { Database } from '../database/database.js';
import type { Json } from '../common/json.js';
import { invalid } from '../common/problem.js';
import { IdempotencyQueries } from './idempotency.queries.js';

/** What a creating operation answers: 201 and where the resource is, or 200 where it was there already. */
export interface Answer<T = unknown> {
  status: 200 | 201;
  location: string | null;
  body: Json<T>;
}

const HEADER = 'idempotency-key';
const PRINTABLE = /^[ -~]{1,255}$/;

/** Lets a client repeat what creates until it hears of it (specification 1, Retries): database/maintenance/idempotency.sql. */
@Injectable()
export class IdempotencyService {
  constructor(
    private readonly database: Database,
    private readonly queries: IdempotencyQueries,
  ) {}

  /**
   * Answers what `work` does for this input, or what it answered when the same person sent the same request under the
   * same key. The key is kept in the transaction of the work; without one there is nothing but the work.
   */
  async once<T>(me: Caller, reply: FastifyReply, input: object, work: () => Promise<Answer<T>>): Promise<Json<T>> {
    const key = keyOf(reply.request);
    const answer = key === undefined ? await work() : await this.withKey(me, key, reply.request, input, work);
    void reply.code(answer.status);
    if (answer.location !== null) void reply.header('location', answer.location);
    return answer.body as Json<T>;
  }

  private withKey(
    me: Caller,
    key: string,
    request: FastifyRequest,
    input: object,
    work: () => Promise<Answer>,
  ): Promise<Answer> {
    const claim = [me.id, key, fingerprint(request, input)] as const;
    return this.database.inTransaction(async () => {
      const before = await this.queries.claim(claim);
      if (before !== undefined) return before;
      const answer = await work();
      await this.queries.keep(claim, answer);
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

/** The same for requests that mean the same: of the body counts how it was read, not how it was spelled. */
function fingerprint({ method, url }: FastifyRequest, input: object): Buffer {
  const properties = Object.entries(input)
    .filter(([, value]) => value !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([method, url, properties]))
    .digest();
}
