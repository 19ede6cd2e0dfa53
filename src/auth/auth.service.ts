import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Environment } from '../config/environment.js';
import { AuthQueries } from './auth.queries.js';
import type { Caller } from './caller.js';
import type { Identity } from './identity.js';
import { LEEWAY_S, TokenVerifier, refuse } from './token.verifier.js';

/** How long a verified token, and the profile of its identity, are taken for granted. */
const TOKEN_MEMORY_MS = 5 * 60_000;
const PROFILE_MEMORY_MS = 60_000;

const MOST_REMEMBERED = 20_000;
const MOST_REMEMBERED_BYTES = 32 * 1024 * 1024;
const BYTES_BESIDE_HEADER = 512;

const LONGEST_HEADER = 8 * 1024;
const BEARER = /^bearer +([\w-]+\.[\w-]+\.[\w-]+) *$/i;

/** Somebody whose token is verified. */
export interface SignedIn {
  readonly caller: Caller;
  readonly identity: Identity;
  /** Until when the token counts without being verified again, and the profile without being asked for again. */
  readonly tokenUntil: number;
  readonly profileUntil: number;
}

/**
 * Who stands behind an Authorization header. What is found is remembered by the header's whole text, so that a request
 * costs one look into a map; checking its signature anew would cost a cheap read a quarter of its speed.
 */
@Injectable()
export class AuthService {
  private readonly underWay = new Map<string, Promise<SignedIn>>();
  private readonly remembered = new LRUCache<string, SignedIn>({
    max: MOST_REMEMBERED,
    maxSize: MOST_REMEMBERED_BYTES,
    sizeCalculation: (_, header) => header.length + BYTES_BESIDE_HEADER,
  });

  constructor(
    private readonly environment: Environment,
    private readonly verifier: TokenVerifier,
    private readonly queries: AuthQueries,
  ) {}

  /** Who is behind a header that has been verified lately. */
  recall(header: string): SignedIn | undefined {
    const known = this.remembered.get(header);
    return known !== undefined && Date.now() < known.tokenUntil ? known : undefined;
  }

  /** Signs in, or throws the 401 or 503. Requests that bring the same token at once share one verification. */
  signIn(header: string): Promise<SignedIn> {
    const already = this.underWay.get(header);
    if (already !== undefined) return already;
    const signingIn = this.enter(header).finally(() => this.underWay.delete(header));
    this.underWay.set(header, signingIn);
    return signingIn;
  }

  private async enter(header: string): Promise<SignedIn> {
    const known = this.recall(header);
    const identity = known?.identity ?? (await this.verifier.verify(tokenIn(header)));
    const { subject, proof, maintenance, expiresAt } = identity;
    const id = await this.queries.signIn(this.environment.AUTH_PROVIDER, subject, proof);

    const now = Date.now();
    const signedIn = {
      caller: { id, maintenance, tokenExpiresAt: expiresAt },
      identity,
      tokenUntil: known?.tokenUntil ?? Math.min(now + TOKEN_MEMORY_MS, expiresAt + LEEWAY_S * 1000),
      profileUntil: now + PROFILE_MEMORY_MS,
    };
    this.remembered.set(header, signedIn);
    return signedIn;
  }
}

function tokenIn(header: string): string {
  if (header === '') refuse('missing');
  const token = header.length <= LONGEST_HEADER ? BEARER.exec(header)?.[1] : undefined;
  return token ?? refuse('unaccepted');
}
