import { type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { ThrottlerGuard, type ThrottlerLimitDetail, type ThrottlerModuleOptions } from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../common/problem.js';
import { Environment } from '../config/environment.js';

const MINUTE_MS = 60_000;
const ANONYMOUS_PER_MINUTE = 300;

/**
 * Limits requests a minute in this process (specification 1, Limits): of a user, or of an IP address (IPv6: its /64 network)
 * whose requests carry no valid token. JwtAuthGuard calls it. RATE_LIMIT_PER_MINUTE 0 switches both off.
 */
@Injectable()
export class RateLimitGuard extends ThrottlerGuard {
  @Inject() private readonly environment: Environment;

  protected override async shouldSkip(): Promise<boolean> {
    return this.environment.RATE_LIMIT_PER_MINUTE === 0;
  }

  protected override async getTracker(request: FastifyRequest): Promise<string> {
    return request.user?.id ?? super.getTracker(request);
  }

  /** The same for all routes, which share one limit. */
  protected override generateKey(_context: ExecutionContext, tracker: string): string {
    return tracker;
  }

  protected override async throwThrottlingException(
    _context: ExecutionContext,
    { timeToBlockExpire }: ThrottlerLimitDetail,
  ): Promise<never> {
    throw new Problem('rate_limited', { retryAfter: Math.max(1, timeToBlockExpire) });
  }
}

export function rateLimits({ RATE_LIMIT_PER_MINUTE }: Environment): ThrottlerModuleOptions {
  const limit = (context: ExecutionContext): number => {
    const { user } = context.switchToHttp().getRequest<FastifyRequest>();
    return user === undefined ? ANONYMOUS_PER_MINUTE : RATE_LIMIT_PER_MINUTE;
  };
  return { setHeaders: false, throttlers: [{ ttl: MINUTE_MS, blockDuration: 0, limit }] };
}
