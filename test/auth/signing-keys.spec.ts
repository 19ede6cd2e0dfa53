import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Environment } from '../../src/config/environment.js';
import { SigningKeys } from '../../src/auth/signing-keys.js';
import { type Issuer, startIssuer } from '../support/issuer.js';

const unavailable = { code: 'sign_in_unavailable' };

describe('The keys of the issuer', () => {
  let issuer: Issuer;
  let keys: SigningKeys;

  beforeEach(async () => {
    Logger.overrideLogger(false);
    issuer = await startIssuer();
    keys = keysAt(issuer.environment.COGNITO_JWKS_URI);
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await issuer.stop();
  });

  const currentKid = (): string => issuer.keys.at(-1)?.kid ?? '';

  it('are read ahead of the first request', async () => {
    keys.onModuleInit();
    expect(await keys.find(currentKid())).toMatch('BEGIN PUBLIC KEY');
    expect(issuer.requests).toBe(1);
  });

  it('are read once for any number of people at once', async () => {
    await Promise.all(Array.from({ length: 50 }, () => keys.find(currentKid())));
    expect(issuer.requests).toBe(1);
  });

  it('are picked up when they were rotated', async () => {
    await keys.find(currentKid());
    await issuer.rotate();
    expect(await keys.find(currentKid())).toMatch('BEGIN PUBLIC KEY');
    expect(issuer.requests).toBe(2);
  });

  it('do not include what the issuer never had', async () => {
    expect(await keys.find('made-up')).toBeUndefined();
  });

  it('are asked for at a limited rate by a flood of made-up names, which locks nobody out', async () => {
    for (let i = 0; i < 200; i++) expect(await keys.find(`made-up-${i}`)).toBeUndefined();
    expect(issuer.requests).toBeLessThanOrEqual(6);
    expect(await keys.find(currentKid())).toBeDefined();

    await issuer.rotate();
    later(2_000);
    expect(await keys.find(currentKid())).toBeDefined();
  });

  it('stay known while the issuer is down, and others are a 503', async () => {
    await keys.find(currentKid());
    await issuer.goDown();
    expect(await keys.find(currentKid())).toBeDefined();
    await expect(keys.find('unheard-of')).rejects.toMatchObject(unavailable);

    later(60 * 60_000);
    expect(await keys.find(currentKid())).toBeDefined();
    expect(await keys.find(currentKid())).toBeDefined();
  });

  it('are a 503 also beyond the limited rate while the issuer is down', async () => {
    await issuer.goDown();
    for (let i = 0; i < 20; i++) await expect(keys.find(`unheard-of-${i}`)).rejects.toMatchObject(unavailable);
  });

  it('are found as soon as the issuer is back', async () => {
    await issuer.goDown();
    await expect(keys.find(currentKid())).rejects.toMatchObject(unavailable);
    await issuer.comeBack();
    expect(await keys.find(currentKid())).toBeDefined();
  });

  it.each([['no JSON'], ['{}'], ['{"keys":[]}'], ['{"keys":[{"kty":"RSA","kid":"x"}]}'], ['[]'], ['null']])(
    'are not lost to an issuer that answers %s',
    async (body) => {
      await keys.find(currentKid());
      issuer.garble(body);
      await expect(keys.find('unheard-of')).rejects.toMatchObject(unavailable);
      expect(await keys.find(currentKid())).toBeDefined();
    },
  );

  it('are waited for three seconds, not longer', async () => {
    issuer.slow(10_000);
    const asked = Date.now();
    await expect(keys.find(currentKid())).rejects.toMatchObject(unavailable);
    expect(Date.now() - asked).toBeLessThan(4_000);
  });

  it('are not waited for without end when an answer begins but never ends', async () => {
    const endless = await startEndless();
    const { port } = endless.address() as AddressInfo;
    await expect(keysAt(`http://127.0.0.1:${port}/`).find('any')).rejects.toMatchObject(unavailable);
    endless.closeAllConnections();
    endless.close();
  });

  it('are forgotten within minutes once the issuer has withdrawn them', async () => {
    const withdrawn = currentKid();
    await keys.find(withdrawn);
    await issuer.rotate({ forget: true });
    later(6 * 60_000);
    expect(await keys.find(withdrawn)).toBeUndefined();
    expect(await keys.find(currentKid())).toBeDefined();
  });
});

function keysAt(uri: string): SigningKeys {
  return new SigningKeys(Object.assign(new Environment(), { COGNITO_JWKS_URI: uri }));
}

/** Moves the clock, but not the timers. */
function later(ms: number): void {
  const then = Date.now() + ms;
  jest.spyOn(Date, 'now').mockReturnValue(then);
}

async function startEndless(): Promise<Server> {
  const server = createServer((_, response) => void response.write('{"keys":['));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
