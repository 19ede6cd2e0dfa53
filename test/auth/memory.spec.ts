import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { AuthQueries } from '../../src/auth/auth.queries.js';
import { AuthService } from '../../src/auth/auth.service.js';
import { SigningKeys } from '../../src/auth/signing-keys.js';
import { TokenVerifier } from '../../src/auth/token.verifier.js';
import type { Listener } from '../../src/database/listener.js';
import { Environment } from '../../src/config/environment.js';
import { type Issuer, startIssuer, type TokenWishes } from '../support/issuer.js';

const MINUTE = 60_000;

describe('A verified token', () => {
  let issuer: Issuer;
  let auth: AuthService;
  let start: number;
  const verify = jest.spyOn(TokenVerifier.prototype, 'verify');
  const askProfile = jest.fn<AuthQueries['signIn']>();

  beforeEach(async () => {
    Logger.overrideLogger(false);
    verify.mockClear();
    askProfile.mockReset().mockResolvedValue('a7c5f3de-0000-4000-8000-000000000001');
    issuer = await startIssuer();
    start = Math.floor(Date.now() / 1000) * 1000;
    auth = serviceFor(issuer, askProfile);
  });

  afterEach(async () => {
    jest.spyOn(Date, 'now').mockRestore();
    await issuer.stop();
  });

  const at = (ms: number): void => void jest.spyOn(Date, 'now').mockReturnValue(start + ms);
  const header = async (wishes?: TokenWishes): Promise<string> => `Bearer ${await issuer.token(wishes)}`;

  it('is verified once, also when many requests bring it at the same time', async () => {
    const mine = await header();
    await Promise.all(Array.from({ length: 30 }, () => auth.signIn(mine)));
    expect(verify).toHaveBeenCalledTimes(1);
    expect(askProfile).toHaveBeenCalledTimes(1);
  });

  it('counts for five minutes', async () => {
    const mine = await header();
    at(0);
    await auth.signIn(mine);
    at(5 * MINUTE - 1);
    expect(auth.recall(mine)).toBeDefined();
    at(5 * MINUTE);
    expect(auth.recall(mine)).toBeUndefined();
  });

  it('never counts beyond its end and the leeway of a minute', async () => {
    const mine = await header({ exp: start / 1000 + 10 });
    at(0);
    await auth.signIn(mine);
    at(70_000 - 1);
    expect(auth.recall(mine)).toBeDefined();
    at(70_000);
    expect(auth.recall(mine)).toBeUndefined();
    await expect(auth.signIn(mine)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('has its profile asked for again after a minute, without being verified again', async () => {
    const mine = await header();
    at(0);
    expect((await auth.signIn(mine)).profileUntil).toBe(start + MINUTE);
    at(MINUTE);
    await Promise.all([auth.signIn(mine), auth.signIn(mine)]);
    expect(askProfile).toHaveBeenCalledTimes(2);
    expect(verify).toHaveBeenCalledTimes(1);
    expect(auth.recall(mine)?.profileUntil).toBe(start + 2 * MINUTE);
    expect(auth.recall(mine)?.tokenUntil).toBe(start + 5 * MINUTE);
  });

  it('is not remembered when the database could not tell its profile', async () => {
    const mine = await header();
    askProfile.mockRejectedValueOnce(new Error('away'));
    await expect(auth.signIn(mine)).rejects.toThrow('away');
    expect(auth.recall(mine)).toBeUndefined();
    await expect(auth.signIn(mine)).resolves.toBeDefined();
  });

  it('is not mistaken for another one', async () => {
    const [mine, tampered] = [await header(), await header()];
    await auth.signIn(mine);
    const signature = mine.slice(mine.lastIndexOf('.'));
    const forged = tampered.slice(0, tampered.lastIndexOf('.')) + signature;
    expect(auth.recall(forged)).toBeUndefined();
    await expect(auth.signIn(forged)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('shares a memory that does not grow without end', async () => {
    const first = await header();
    await auth.signIn(first);
    verify.mockImplementation(() =>
      Promise.resolve({ subject: 's', maintenance: false, expiresAt: start + 60 * MINUTE, issuedAt: new Date(start) }),
    );
    for (let i = 0; i < 20_000; i++) await auth.signIn(`Bearer a.b.${i}`);
    verify.mockRestore();
    expect(auth.recall(first)).toBeUndefined();
    expect(auth.recall('Bearer a.b.19999')).toBeDefined();
  });
});

function serviceFor(issuer: Issuer, signIn: AuthQueries['signIn']): AuthService {
  const environment = Object.assign(new Environment(), {
    ...issuer.environment,
    COGNITO_CLIENT_IDS: issuer.environment.COGNITO_CLIENT_IDS.split(','),
    AUTH_PROVIDER: 'cognito',
    MAINTENANCE_GROUP: 'admin',
  });
  const verifier = new TokenVerifier(environment, new SigningKeys(environment));
  const listener = { listen: () => undefined, isHearing: true } as unknown as Listener;
  return new AuthService(environment, verifier, { signIn } as AuthQueries, listener);
}
