import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type ExecutionContext, Logger } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthService } from '../../src/auth/auth.service.js';
import { JwtAuthGuard } from '../../src/auth/jwt-auth.guard.js';
import { JwtStrategy } from '../../src/auth/jwt.strategy.js';
import type { RateLimitGuard } from '../../src/auth/rate-limit.guard.js';
import { RouteAccess } from '../../src/auth/route-access.js';
import { SigningKeys } from '../../src/auth/signing-keys.js';
import type { Database } from '../../src/database/database.js';
import type { Listener } from '../../src/database/listener.js';
import { Environment } from '../../src/config/environment.js';
import { type Issuer, startIssuer, type TokenClaims } from '../support/issuer.js';

const MINUTE = 60_000;

describe('A verified token', () => {
  let issuer: Issuer;
  let auth: AuthService;
  let guard: JwtAuthGuard;
  let start: number;
  const verify = jest.spyOn(JwtStrategy.prototype, 'validate');
  const askProfile = jest.fn<() => Promise<{ id: string }>>();

  beforeEach(async () => {
    Logger.overrideLogger(false);
    verify.mockClear();
    askProfile.mockReset().mockResolvedValue({ id: 'a7c5f3de-0000-4000-8000-000000000001' });
    issuer = await startIssuer();
    start = Math.floor(Date.now() / 1000) * 1000;
    ({ auth, guard } = guardFor(issuer, askProfile));
  });

  afterEach(async () => {
    jest.spyOn(Date, 'now').mockRestore();
    await issuer.stop();
  });

  const at = (ms: number): void => void jest.spyOn(Date, 'now').mockReturnValue(start + ms);
  const signIn = (token: string): Promise<boolean> => guard.canActivate(requestWith(`Bearer ${token}`));
  const tokenWith = (wishes?: TokenClaims): Promise<string> => issuer.token(wishes);

  it('is verified once, also when many requests bring it at the same time', async () => {
    const mine = await tokenWith();
    await Promise.all(Array.from({ length: 30 }, () => signIn(mine)));
    expect(verify).toHaveBeenCalledTimes(1);
    expect(askProfile).toHaveBeenCalledTimes(1);
  });

  it('counts for five minutes', async () => {
    const mine = await tokenWith();
    at(0);
    await signIn(mine);
    at(5 * MINUTE - 1);
    expect(auth.cached(mine)).toBeDefined();
    at(5 * MINUTE);
    expect(auth.cached(mine)).toBeUndefined();
  });

  it('never counts beyond its end and the leeway of a minute', async () => {
    const mine = await tokenWith({ exp: start / 1000 + 10 });
    at(0);
    await signIn(mine);
    at(70_000 - 1);
    expect(auth.cached(mine)).toBeDefined();
    at(70_000);
    expect(auth.cached(mine)).toBeUndefined();
    await expect(signIn(mine)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('has its profile asked for again after a minute, without being verified again', async () => {
    const mine = await tokenWith();
    at(0);
    await signIn(mine);
    expect(auth.cached(mine)?.profileUntil).toBe(start + MINUTE);
    at(MINUTE);
    await Promise.all([signIn(mine), signIn(mine)]);
    expect(askProfile).toHaveBeenCalledTimes(2);
    expect(verify).toHaveBeenCalledTimes(1);
    expect(auth.cached(mine)?.profileUntil).toBe(start + 2 * MINUTE);
    expect(auth.cached(mine)?.tokenUntil).toBe(start + 5 * MINUTE);
  });

  it('is not cached when the database could not tell its profile', async () => {
    const mine = await tokenWith();
    askProfile.mockRejectedValueOnce(new Error('away'));
    await expect(signIn(mine)).rejects.toThrow('away');
    expect(auth.cached(mine)).toBeUndefined();
    await expect(signIn(mine)).resolves.toBeDefined();
  });

  it('is not mistaken for another one', async () => {
    const [mine, tampered] = [await tokenWith(), await tokenWith()];
    await signIn(mine);
    const signature = mine.slice(mine.lastIndexOf('.'));
    const forged = tampered.slice(0, tampered.lastIndexOf('.')) + signature;
    expect(auth.cached(forged)).toBeUndefined();
    await expect(signIn(forged)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('shares a cache that does not grow without end', async () => {
    const first = await tokenWith();
    await signIn(first);
    const identity = {
      subject: 's',
      maintenance: false,
      expiresAt: start + 60 * MINUTE,
      issuedAt: new Date(start),
    };
    for (let i = 0; i < 20_000; i++) await auth.signIn(`a.b.${i}`, () => Promise.resolve(identity));
    expect(auth.cached(first)).toBeUndefined();
    expect(auth.cached('a.b.19999')).toBeDefined();
  });
});

function guardFor(issuer: Issuer, one: () => Promise<{ id: string }>): { auth: AuthService; guard: JwtAuthGuard } {
  const environment = Object.assign(new Environment(), {
    ...issuer.environment,
    COGNITO_CLIENT_IDS: issuer.environment.COGNITO_CLIENT_IDS.split(','),
    AUTH_PROVIDER: 'cognito',
    MAINTENANCE_GROUP: 'admin',
  });
  new JwtStrategy(environment, new SigningKeys(environment));
  const listener = { subscribe: () => undefined, isConnected: true } as unknown as Listener;
  const auth = new AuthService(environment, { one } as unknown as Database, listener);
  const unlimited = { canActivate: () => true } as unknown as RateLimitGuard;
  return { auth, guard: new JwtAuthGuard(new RouteAccess(new Reflector()), auth, unlimited) };
}

/** A request to a route that asks for a token. */
function requestWith(authorization: string): ExecutionContext {
  const request = { raw: { rawHeaders: ['authorization', authorization] } };
  class Route {
    handle = (): void => undefined;
  }
  return {
    getClass: () => Route,
    getHandler: () => requestWith,
    switchToHttp: () => ({ getRequest: () => request, getResponse: () => ({}) }),
  } as unknown as ExecutionContext;
}
