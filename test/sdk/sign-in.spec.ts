import { beforeEach, describe, expect, it } from '@jest/globals';
import { createLockInClient, type LockInClient, type ProblemError, type TokenProvider } from '@lockin/sdk';
import { setTimeout as after } from 'node:timers/promises';
import { isLive, RaceSetup } from './support/race-setup.js';
import { until } from './support/until.js';

/** The token that the API accepts. */
let valid: string | undefined;
/** The code of the response to every other token. */
let code: string;
let sent: (string | null)[];
let refreshes: number;
let problems: ProblemError[];

beforeEach(() => {
  [valid, code, sent, refreshes, problems] = [undefined, 'unauthenticated', [], 0, []];
});

/** A client whose token is `current()`, and whose refresh is `renew`. */
function client(current: () => string | null, renew: () => ReturnType<TokenProvider>): LockInClient {
  return createLockInClient({
    baseUrl: 'https://api.lockin.example',
    token: ({ refresh }) => {
      if (!refresh) return current();
      refreshes++;
      return renew();
    },
    onSignedOut: (problem) => problems.push(problem),
    maxRetries: 0,
    fetch: async (_, { headers }) => {
      const authorization = new Headers(headers).get('authorization');
      sent.push(authorization);
      if (authorization === `Bearer ${valid}`) return Response.json({});
      return code === 'portal'
        ? new Response('<h1>Hotel</h1>', { status: 401 })
        : Response.json({ code, detail: 'Sign in again.' }, { status: 401 });
    },
  });
}

const statusOf = async ({ api }: LockInClient): Promise<number> => (await api.GET('/api/me')).response.status;

describe('A refresh', () => {
  it.each<[string, () => ReturnType<TokenProvider>]>([
    ['null', () => null],
    ['the same token', () => 'old'],
    ['an error', () => Promise.reject(new Error('No network.'))],
  ])('that gave %s is forgotten: the next 401 asks again', async (_, first) => {
    let answer = first;
    const lockin = client(
      () => 'old',
      () => answer(),
    );
    await statusOf(lockin).catch(() => undefined);
    valid = 'new';
    answer = () => 'new';
    expect(await statusOf(lockin)).toBe(200);
    expect(refreshes).toBe(2);
  });

  it('is shared by concurrent 401s of different tokens', async () => {
    const tokens = ['a', 'b'];
    valid = 'new';
    const lockin = client(
      () => tokens.shift() ?? 'new',
      async () => (await after(20), 'new'),
    );
    expect(await Promise.all([statusOf(lockin), statusOf(lockin)])).toEqual([200, 200]);
    expect(refreshes).toBe(1);
  });

  it('gives a token that later requests use at once in place of the old one, until it is refused', async () => {
    valid = 'first';
    const lockin = client(
      () => 'old',
      () => valid!,
    );
    expect([await statusOf(lockin), await statusOf(lockin)]).toEqual([200, 200]);
    expect(sent).toEqual(['Bearer old', 'Bearer first', 'Bearer first']);
    valid = 'second';
    expect(await statusOf(lockin)).toBe(200);
    expect([refreshes, problems]).toEqual([2, []]);
  });
});

describe('onSignedOut', () => {
  it.each<[string, string, () => ReturnType<TokenProvider>]>([
    ['the refresh gives null', 'unauthenticated', () => null],
    ['the new token is refused as well', 'unauthenticated', () => 'new'],
    ['the refresh gives the same token', 'unauthenticated', () => 'old'],
    ['the account is deleted', 'account_deleted', () => 'new'],
  ])('is called once for a token when %s', async (_, expected, renew) => {
    code = expected;
    const lockin = client(() => 'old', renew);
    expect(await Promise.all([statusOf(lockin), statusOf(lockin)])).toEqual([401, 401]);
    await statusOf(lockin);
    expect(problems.map((problem) => problem.code)).toEqual([expected]);
  });

  it('is called again for the token of a later sign-in', async () => {
    let token = 'old';
    const lockin = client(
      () => token,
      () => null,
    );
    await statusOf(lockin);
    token = 'of another sign-in';
    await statusOf(lockin);
    expect(problems).toHaveLength(2);
  });

  it('is not called when the refresh throws, nobody is signed in, or a captive portal responds', async () => {
    const throwing = client(
      () => 'old',
      () => Promise.reject(new Error('No network.')),
    );
    await expect(statusOf(throwing)).rejects.toThrow('No network.');
    await statusOf(
      client(
        () => null,
        () => null,
      ),
    );
    code = 'portal';
    await statusOf(
      client(
        () => 'old',
        () => null,
      ),
    );
    expect(problems).toEqual([]);
  });
});

describe('A watched race', () => {
  const setup = new RaceSetup();

  it('gives the problem when the refresh token is revoked, and goes on after signedIn()', async () => {
    let token: string | null = 'token';
    setup.server.validToken = 'token';
    const race = setup.watch({ token: ({ refresh }) => (refresh ? null : token) });
    await until(() => isLive(race));
    setup.server.validToken = 'new';
    setup.server.streams[0]!.end();
    await until(() => race.problems.length > 0);
    expect(race.problems.map((problem) => problem.code)).toEqual(['unauthenticated']);
    expect(race.states).not.toContain('offline');

    const requests = setup.server.requests.length;
    await after(300);
    expect(setup.server.requests).toHaveLength(requests);
    token = 'new';
    race.lockin.signedIn();
    await until(() => isLive(race));
    expect(race.states.slice(-2)).toEqual(['connecting', 'live']);
  });
});
