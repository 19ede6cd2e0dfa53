import { Injectable, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Problem } from '../common/problem.js';
import { Environment } from '../config/environment.js';
import { Database } from '../database/database.js';
import { Listener } from '../database/listener.js';
import * as sql from './auth.sql.js';
import type { Identity } from './identity.js';
import { LEEWAY_S } from './jwt.strategy.js';
import type { User } from './user.js';

const TOKEN_TTL_MS = 5 * 60_000;
const PROFILE_TTL_MS = 60_000;

const MAX_ENTRIES = 20_000;
const MAX_BYTES = 32 * 1024 * 1024;
const BYTES_BESIDE_TOKEN = 512;

export interface CachedUser {
  readonly user: User;
  readonly identity: Identity;
  /** Until then the token is not verified again, and the profile not read again; in milliseconds. */
  readonly tokenUntil: number;
  readonly profileUntil: number;
}

/**
 * Resolves a token to a user. Results are cached by the token: verifying a signature
 * at every request costs cheap reads a quarter of their speed.
 */
@Injectable()
export class AuthService implements OnModuleInit {
  private readonly pending = new Map<string, Promise<User>>();
  /** Deleted lately: a sign-in that was under way at that time must not be cached. */
  private readonly deleted = new LRUCache<string, true>({ max: MAX_ENTRIES, ttl: PROFILE_TTL_MS });
  /** A token of a deleted account never becomes valid again; cached to spare the database. */
  private readonly refused = new LRUCache<string, Problem>({ max: 1_000 });
  private readonly cache = new LRUCache<string, CachedUser>({
    max: MAX_ENTRIES,
    maxSize: MAX_BYTES,
    sizeCalculation: (_, token) => token.length + BYTES_BESIDE_TOKEN,
  });

  constructor(
    private readonly environment: Environment,
    private readonly database: Database,
    private readonly listener: Listener,
  ) {}

  /** A deletion removes the account from the cache of every process as soon as it commits (specification 9). */
  onModuleInit(): void {
    this.listener.subscribe('account_deleted', {
      onMessage: (profile) => this.remove(profile),
      onReconnect: () => this.cache.clear(),
    });
  }

  /** The user of a token that was verified lately; the account may have been deleted since. */
  cached(token: string): CachedUser | undefined {
    const cached = this.cache.get(token);
    return cached !== undefined && Date.now() < cached.tokenUntil ? cached : undefined;
  }

  /** The user of a token, if the cache is current: its profile is read again after a minute, or while deletions may be missed. */
  currentUser(token: string): User | undefined {
    const cached = this.cached(token);
    const isCurrent = cached !== undefined && Date.now() < cached.profileUntil && this.listener.isConnected;
    return isCurrent ? cached.user : undefined;
  }

  /** Signs in through the cache or `verify`; simultaneous requests with one token share the work. Throws what `verify` does. */
  signIn(token: string, verify: () => Promise<Identity>): Promise<User> {
    const refused = this.refused.get(token);
    if (refused !== undefined) return Promise.reject(refused);
    const pending = this.pending.get(token);
    if (pending !== undefined) return pending;
    const signingIn = this.authenticate(token, verify)
      .catch((error: unknown) => {
        if (error instanceof Problem && error.code === 'account_deleted') this.refused.set(token, error);
        throw error;
      })
      .finally(() => this.pending.delete(token));
    this.pending.set(token, signingIn);
    return signingIn;
  }

  private async authenticate(token: string, verify: () => Promise<Identity>): Promise<User> {
    const cached = this.cached(token);
    const identity = cached?.identity ?? (await verify());
    const user = {
      id: await this.profileOf(identity),
      maintenance: identity.maintenance,
      tokenExpiresAt: identity.expiresAt + LEEWAY_S * 1000,
    };
    const now = Date.now();
    const tokenUntil = cached?.tokenUntil ?? Math.min(now + TOKEN_TTL_MS, user.tokenExpiresAt);
    if (!this.deleted.has(user.id))
      this.cache.set(token, { user, identity, tokenUntil, profileUntil: now + PROFILE_TTL_MS });
    return user;
  }

  private async profileOf({ subject, proof, issuedAt }: Identity): Promise<string> {
    const { id } = await this.database.one(
      sql.signIn,
      this.environment.AUTH_PROVIDER,
      subject,
      proof?.email ?? null,
      proof?.at.toISOString() ?? null,
      issuedAt.toISOString(),
    );
    return id;
  }

  private remove(profile: string): void {
    this.deleted.set(profile, true);
    for (const [token, { user }] of this.cache.entries()) if (user.id === profile) this.cache.delete(token);
  }
}
