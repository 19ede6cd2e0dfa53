import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { JwksClient } from 'jwks-rsa';
import { Environment } from '../config/environment.js';
import { Outage } from '../common/outage.js';
import { Problem } from '../common/problem.js';

const TIMEOUT_MS = 3_000;

/**
 * A key that the issuer has withdrawn verifies tokens for at most this long, while the issuer can be reached. Verified tokens
 * are accepted from the cache for some minutes more (AuthService).
 */
const MAX_AGE_MS = 5 * 60_000;

/** Look-ups of unknown key ids: so many in a row, then one in each interval. */
const LOOK_UP_BURST = 5;
const LOOK_UP_INTERVAL_MS = 2_000;

/**
 * The issuer's public keys, by `kid`. All keys are read at once, so that a known key never depends on the issuer:
 * jwks-rsa's own cache reads once for each `kid`, and its rate limit then locks out users after a flood of unknown ones.
 */
@Injectable()
export class SigningKeys implements OnModuleInit {
  private readonly outage = new Outage(
    new Logger(SigningKeys.name),
    'signing keys unavailable',
    'signing keys available again',
  );
  private readonly issuer: JwksClient;
  private readonly lookUps = new TokenBucket(LOOK_UP_BURST, LOOK_UP_INTERVAL_MS);
  private keys: ReadonlyMap<string, string> = new Map();
  private reading: Promise<void> | undefined;
  private startedReadingAt = 0;
  private reachable = false;

  constructor(environment: Environment) {
    this.issuer = new JwksClient({ jwksUri: environment.COGNITO_JWKS_URI, cache: false, fetcher: readJson });
  }

  /** Before the first request; the start does not wait for it. */
  onModuleInit(): void {
    void this.read();
  }

  /** Whether people can sign in: keys that were read once are enough. Without any, starts another read. */
  checkKnown(): boolean {
    if (this.keys.size === 0 && Date.now() - this.startedReadingAt > LOOK_UP_INTERVAL_MS) void this.read();
    return this.keys.size > 0;
  }

  /** The key that a token names in its header. Errors: a 503 problem if the issuer cannot be reached, else any other. */
  async forToken(token: string): Promise<string> {
    const { alg, kid } = headerOf(token);
    const key = alg === 'RS256' && typeof kid === 'string' ? await this.find(kid) : undefined;
    if (key === undefined) throw new Error('no signing key for this token');
    return key;
  }

  /** The key in PEM, or undefined if the issuer has no key of that id; a 503 problem if it could not be asked. */
  async find(kid: string): Promise<string | undefined> {
    const isOld = Date.now() - this.startedReadingAt > MAX_AGE_MS;
    if (isOld) await this.read();
    const known = this.keys.get(kid);
    if (known !== undefined) return known;

    if (!isOld && (this.reading !== undefined || this.lookUps.take())) await this.read();
    const found = this.keys.get(kid);
    if (found === undefined && !this.reachable) throw new Problem('sign_in_unavailable', { retryAfter: 5 });
    return found;
  }

  private read(): Promise<void> {
    this.reading ??= this.readOnce().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  /** Never fails: without an answer, the known keys stay. */
  private async readOnce(): Promise<void> {
    this.startedReadingAt = Date.now();
    try {
      const keys = await this.issuer.getSigningKeys();
      this.keys = new Map(keys.map((key) => [key.kid, key.getPublicKey()]));
      this.reachable = true;
      this.outage.succeeded();
    } catch (error) {
      this.reachable = false;
      this.outage.failed(reasonOf(error));
    }
  }
}

/** Unlike jwks-rsa's own request, this one has a time limit for the whole answer. */
async function readJson(uri: string): Promise<{ keys: unknown }> {
  const response = await fetch(uri, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${uri} answered ${response.status}`);
  return (await response.json()) as { keys: unknown };
}

/** `fetch` says what went wrong in the cause of its error. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message || String(cause)}` : message;
}

function headerOf(token: string): { alg?: unknown; kid?: unknown } {
  try {
    return (JSON.parse(Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString()) ?? {}) as object;
  } catch {
    return {};
  }
}

/** Allows a burst, and then one in each interval. */
class TokenBucket {
  private tokens: number;
  private refilledAt = Date.now();

  constructor(
    private readonly burst: number,
    private readonly intervalMs: number,
  ) {
    this.tokens = burst;
  }

  take(): boolean {
    const now = Date.now();
    this.tokens = Math.min(this.burst, this.tokens + (now - this.refilledAt) / this.intervalMs);
    this.refilledAt = now;
    if (this.tokens < 1) return false;
    this.tokens--;
    return true;
  }
}
