import { statement } from '../database/database.js';
import type { Answer } from './idempotency.service.js';

/** A user's key, and the fingerprint of the request. */
export type Claim = readonly [user: string, key: string, fingerprint: Buffer];

export const claimKey = statement<Claim, Answer>(
  'idempotency_claim',
  'SELECT status, location, body FROM claim_idempotency_key($1, $2, $3, to_ms(now()))',
);

export const storeResponse = statement<[...Claim, status: number, location: string | null, body: string], never>(
  'idempotency_store',
  'SELECT store_idempotent_response($1, $2, $3, $4, $5, $6, to_ms(now()))',
);
