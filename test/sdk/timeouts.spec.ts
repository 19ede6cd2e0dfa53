import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createLockInClient, type Fetch, type LockInClient, ProblemError, type TokenProvider } from '@lockin/sdk';

const URL = 'https://api.lockin.example/api/me';
const never = (): Promise<never> => new Promise(() => undefined);

/** Each never settles, and ignores the signal, like platforms after the network has changed. */
const silent: [string, string, { fetch?: Fetch; token?: TokenProvider }][] = [
  ['no response', URL, { fetch: never }],
  ['a body that never ends', URL, { fetch: async () => new Response(new ReadableStream(), { status: 200 }) }],
  ['a token that never comes', 'The token provider', { token: never }],
];

function client({ fetch, token }: { fetch?: Fetch; token?: TokenProvider }, maxRetries = 0): LockInClient {
  const answers: Fetch = async () => Response.json({ display_name: 'Ana' });
  return createLockInClient({
    baseUrl: 'https://api.lockin.example',
    token: token ?? (() => 'token'),
    fetch: fetch ?? answers,
    maxRetries,
  });
}

/** The error of a call, once there is one. */
function errorOf(call: Promise<unknown>): { error?: unknown } {
  const outcome: { error?: unknown } = {};
  call.catch((error: unknown) => (outcome.error = error));
  return outcome;
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe.each(silent)('A request with %s', (_, who, silence) => {
  it('fails after 30 seconds with an error that says what did not answer', async () => {
    const outcome = errorOf(client(silence).api.GET('/api/me'));
    await jest.advanceTimersByTimeAsync(29_000);
    expect(outcome.error).toBeUndefined();
    await jest.advanceTimersByTimeAsync(2_000);
    expect(outcome.error).not.toBeInstanceOf(ProblemError);
    expect(outcome.error).toEqual(new Error(`${who} did not answer within 30 seconds.`));
    expect(jest.getTimerCount()).toBe(0);
  });

  it('ends at once when the caller aborts it', async () => {
    const controller = new AbortController();
    const outcome = errorOf(client(silence).api.GET('/api/me', { signal: controller.signal }));
    await jest.advanceTimersByTimeAsync(100);
    controller.abort();
    await jest.advanceTimersByTimeAsync(0);
    expect(outcome.error).toMatchObject({ name: 'AbortError' });
  });
});

describe('A timeout', () => {
  it('is retried', async () => {
    let attempts = 0;
    const fetch: Fetch = async () => (attempts++ === 0 ? await never() : Response.json({ display_name: 'Ana' }));
    const call = client({ fetch }, 1).api.GET('/api/me');
    await jest.advanceTimersByTimeAsync(31_000);
    expect((await call).data).toEqual({ display_name: 'Ana' });
  });

  it('of a refresh lets the next 401 ask for a token again', async () => {
    let refreshes = 0;
    const lockin = client({
      token: ({ refresh }) => (!refresh ? 'stale' : refreshes++ === 0 ? never() : 'fresh'),
      fetch: async (_, { headers }) =>
        new Headers(headers).get('authorization') === 'Bearer fresh'
          ? Response.json({})
          : Response.json({ code: 'unauthenticated', detail: 'Sign in.' }, { status: 401 }),
    });
    const outcome = errorOf(lockin.api.GET('/api/me'));
    await jest.advanceTimersByTimeAsync(31_000);
    expect(outcome.error).toEqual(new Error('The token provider did not answer within 30 seconds.'));
    expect((await lockin.api.GET('/api/me')).response.status).toBe(200);
  });
});
