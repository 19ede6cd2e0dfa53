import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { ThrottlerStorageService } from '@nestjs/throttler';
import { Environment } from '../config/environment.js';
import { Problem } from '../common/problem.js';

const A_MINUTE = 60_000;
const ANONYMOUS_PER_MINUTE = 300;

/** Counts requests in this process: a person's, and an address's as long as it has not shown who it is (specification 1, Limits). */
@Injectable()
export class RateLimiter implements OnApplicationShutdown {
  private readonly counts = new ThrottlerStorageService();
  private readonly perPerson: number;

  constructor(environment: Environment) {
    this.perPerson = environment.RATE_LIMIT_PER_MINUTE;
  }

  async person(id: string): Promise<void> {
    if (this.perPerson > 0) await this.count(id, this.perPerson, 'person');
  }

  /** Switched off together with the limit of a person. */
  async anonymous(ip: string): Promise<void> {
    if (this.perPerson > 0) await this.count(ip, ANONYMOUS_PER_MINUTE, 'anonymous');
  }

  onApplicationShutdown(): void {
    this.counts.onApplicationShutdown();
  }

  private async count(key: string, limit: number, name: string): Promise<void> {
    const { isBlocked, timeToBlockExpire } = await this.counts.increment(key, A_MINUTE, limit, 0, name);
    if (isBlocked) throw new Problem('rate_limited', { retryAfter: Math.max(1, timeToBlockExpire) });
  }
}
