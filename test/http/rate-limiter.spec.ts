import { describe, expect, it } from '@jest/globals';
import { Environment } from '../../src/config/environment.js';
import { Problem } from '../../src/common/problem.js';
import { RateLimiter } from '../../src/auth/rate-limiter.js';

function limiter(perPerson: number): RateLimiter {
  return new RateLimiter(Object.assign(new Environment(), { RATE_LIMIT_PER_MINUTE: perPerson }));
}

async function refusalAfter(count: number, ask: () => Promise<void>): Promise<unknown> {
  for (let i = 0; i < count; i++) await ask();
  return ask().catch((error: unknown) => error);
}

describe('the rate limit', () => {
  it('lets a person do so many requests a minute, and says when to come back', async () => {
    const limit = limiter(5);
    const refusal = await refusalAfter(5, () => limit.person('ana'));
    expect(refusal).toBeInstanceOf(Problem);
    expect(refusal).toMatchObject({ code: 'rate_limited', extra: { retryAfter: 60 } });
    await expect(limit.person('ben')).resolves.toBeUndefined();
    limit.onApplicationShutdown();
  });

  it('lets an address do 300 before sign-in', async () => {
    const limit = limiter(600);
    expect(await refusalAfter(300, () => limit.anonymous('192.0.2.1'))).toMatchObject({ code: 'rate_limited' });
    limit.onApplicationShutdown();
  });

  it('is off for everybody at 0', async () => {
    const limit = limiter(0);
    expect(await refusalAfter(1_000, () => limit.person('ana'))).toBeUndefined();
    expect(await refusalAfter(1_000, () => limit.anonymous('192.0.2.1'))).toBeUndefined();
  });
});
