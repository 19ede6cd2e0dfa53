import { Injectable, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Environment } from '../config/environment.js';
import { Listener } from '../database/listener.js';
import { AuthQueries } from './auth.queries.js';
import type { Caller } from './user.js';
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
export class AuthService implements OnModuleInit {
  private readonly underWay = new Map<string, Promise<SignedIn>>();
  /** Deleted lately: a sign-in that was under way meanwhile must not be remembered. */
  private readonly deleted = new LRUCache<string, true>({ max: MOST_REMEMBERED, ttl: PROFILE_MEMORY_MS });
  private readonly remembered = new LRUCache<string, SignedIn>({
    max: MOST_REMEMBERED,
    maxSize: MOST_REMEMBERED_BYTES,
    sizeCalculation: (_, header) => header.length + BYTES_BESIDE_HEADER,
  });

  constructor(
    private readonly environment: Environment,
    private readonly verifier: TokenVerifier,
    private readonly queries: AuthQueries,
    private readonly listener: Listener,
  ) {}

  /** A deleted account is forgotten in every process as soon as the deletion commits (specification 9). */
  onModuleInit(): void {
    this.listener.listen('account_deleted', {
      heard: (profile) => this.forget(profile),
      missed: () => this.remembered.clear(),
    });
  }

  /** Who is behind a header that has been verified lately. */
  recall(header: string): SignedIn | undefined {
    const known = this.remembered.get(header);
    return known !== undefined && Date.now() < known.tokenUntil ? known : undefined;
  }

  /** Whether the profile behind it can be taken for granted: only as long as deletions are heard of. */
  isCurrent(known: SignedIn): boolean {
    return Date.now() < known.profileUntil && this.listener.isHearing;
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
    const { maintenance, expiresAt } = identity;
    const id = await this.queries.signIn(this.environment.AUTH_PROVIDER, identity);

    const now = Date.now();
    const tokenExpiresAt = expiresAt + LEEWAY_S * 1000;
    const signedIn = {
      caller: { id, maintenance, tokenExpiresAt },
      identity,
      tokenUntil: known?.tokenUntil ?? Math.min(now + TOKEN_MEMORY_MS, tokenExpiresAt),
      profileUntil: now + PROFILE_MEMORY_MS,
    };
    if (!this.deleted.has(id)) this.remembered.set(header, signedIn);
    return signedIn;
  }

  private forget(profile: string): void {
    this.deleted.set(profile, true);
    for (const [header, { caller }] of this.remembered.entries()) {
      if (caller.id === profile) this.remembered.delete(header);
    }
  }
}

function tokenIn(header: string): string {
  if (header === '') refuse('missing');
  const token = header.length <= LONGEST_HEADER ? BEARER.exec(header)?.[1] : undefined;
  return token ?? refuse('unaccepted');
}
