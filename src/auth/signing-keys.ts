import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { JwksClient } from 'jwks-rsa';
import { Environment } from '../config/environment.js';
import { Problem } from '../common/problem.js';

/** How long the issuer may take; people wait meanwhile. */
const TIMEOUT_MS = 3_000;

/** A key that the issuer has withdrawn is accepted no longer than this, as long as the issuer answers. */
const MAX_AGE_MS = 5 * 60_000;

/** Keys that nobody knows are looked up this often in a row, and then once in every pause. */
const LOOK_UPS_AT_ONCE = 5;
const LOOK_UP_PAUSE_MS = 2_000;

/**
 * The issuer's public keys, by `kid`. They are read as a whole, so anybody's look-up finds everybody's key, and
 * people with a known key never depend on the issuer. jwks-rsa's own cache reads once for every `kid` instead, and
 * its rate limit then locks out whoever comes after a flood of made-up ones.
 */
@Injectable()
export class SigningKeys implements OnModuleInit {
  private readonly logger = new Logger(SigningKeys.name);
  private readonly issuer: JwksClient;
  private readonly lookUps = new Allowance(LOOK_UPS_AT_ONCE, LOOK_UP_PAUSE_MS);
  private keys: ReadonlyMap<string, string> = new Map();
  private reading: Promise<void> | undefined;
  private startedReadingAt = 0;
  private reachable = false;

  constructor(environment: Environment) {
    this.issuer = new JwksClient({ jwksUri: environment.COGNITO_JWKS_URI, cache: false, fetcher: readJson });
  }

  /** Reads ahead of the first request without making the start wait for it. */
  onModuleInit(): void {
    void this.read();
  }

  /** The key in PEM, or nothing if the issuer has none of that name; 503 if it could not be asked. */
  async find(kid: string): Promise<string | undefined> {
    if (Date.now() - this.startedReadingAt > MAX_AGE_MS) void this.read();
    const known = this.keys.get(kid);
    if (known !== undefined) return known;

    if (this.reading !== undefined || this.lookUps.take()) await this.read();
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

  /** Never fails: without an answer, the keys that are known stay. */
  private async readOnce(): Promise<void> {
    this.startedReadingAt = Date.now();
    try {
      const keys = await this.issuer.getSigningKeys();
      this.keys = new Map(keys.map((key) => [key.kid, key.getPublicKey()]));
      this.reachable = true;
    } catch (error) {
      this.reachable = false;
      this.logger.warn(
        `The keys of the issuer cannot be read: ${error instanceof Error ? error.message : 'no answer'}`,
      );
    }
  }
}

/** Unlike jwks-rsa's own request, this one also gives up on an answer that never ends. */
async function readJson(uri: string): Promise<{ keys: unknown }> {
  const response = await fetch(uri, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${uri} answered ${response.status}`);
  return (await response.json()) as { keys: unknown };
}

/** So many at once, and one more after every pause. */
class Allowance {
  private left: number;
  private countedAt = Date.now();

  constructor(
    private readonly most: number,
    private readonly pauseMs: number,
  ) {
    this.left = most;
  }

  take(): boolean {
    const now = Date.now();
    this.left = Math.min(this.most, this.left + (now - this.countedAt) / this.pauseMs);
    this.countedAt = now;
    if (this.left < 1) return false;
    this.left--;
    return true;
  }
}
