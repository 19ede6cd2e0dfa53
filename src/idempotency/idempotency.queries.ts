import { Injectable } from '@nestjs/common';
import { Database, statement } from '../database/database.js';
import type { Answer } from './idempotency.service.js';

/** One person's key, and what is told apart by it. */
export type Claim = readonly [caller: string, key: string, fingerprint: Buffer];

const claim = statement<Claim, Answer>(
  'idempotency_claim',
  'SELECT status, location, body FROM claim_idempotency_key($1, $2, $3, to_ms(now()))',
);

const keep = statement<[...Claim, status: number, location: string | null, body: string], never>(
  'idempotency_keep',
  'SELECT store_idempotent_response($1, $2, $3, $4, $5, $6, to_ms(now()))',
);

@Injectable()
export class IdempotencyQueries {
  constructor(private readonly database: Database) {}

  /** The answer that the same request was given before; else the key is the transaction's until it ends. */
  claim(claimed: Claim): Promise<Answer | undefined> {
    return this.database.first(claim, ...claimed);
  }

  async keep(claimed: Claim, { status, location, body }: Answer): Promise<void> {
    await this.database.first(keep, ...claimed, status, location, body);
  }
}
