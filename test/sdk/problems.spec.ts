import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type components, isProblem, type LockIn, ProblemError, type ProblemCode, unwrap } from '@lockin/sdk';
import { type Api, type Person, startApi } from '../support/api.js';
import { nobody } from '../support/factories.js';
import { lockinOf } from './support/lockin.js';

let api: Api;
let ana: Person;
let lockin: LockIn;

beforeAll(async () => {
  api = await startApi();
  ana = await api.person('Ana');
  lockin = lockinOf(api, ana);
});
afterAll(() => api.stop());

const start = async (): Promise<components['schemas']['SessionDetail']> => {
  const { id } = await unwrap(lockin.api.POST('/api/sessions', { body: {} }));
  return await unwrap(lockin.api.POST('/api/sessions/{id}:start', { params: { path: { id } }, body: {} }));
};

/** What an app does: the compiler knows every code. */
function advice(code: ProblemCode): string {
  switch (code) {
    case 'already_running':
      return 'stop the other one';
    case 'unexpected_answer':
      return 'try again later';
    default:
      return 'show the detail';
  }
}

describe('A refusal', () => {
  it('is thrown with what the API says about it', async () => {
    const running = await start();
    const refused: unknown = await start().catch((error: unknown) => error);
    if (!(refused instanceof ProblemError)) throw new Error('It was not refused.');
    expect(refused).toMatchObject({ status: 409, code: 'already_running', session_id: running.id, errors: [] });
    expect(refused.message).toBe('You already host a running session. Stop or pause it first.');
    expect(refused.request_id).not.toBe('');
    expect(advice(refused.code)).toBe('stop the other one');
    await unwrap(lockin.api.POST('/api/sessions/{id}:stop', { params: { path: { id: running.id } }, body: {} }));
  });

  it('of the input names every fault', async () => {
    const body = { name: '', end_at: 'tomorrow', timezone: 'UTC', period: 'daily', period_target_minutes: 60 } as const;
    await expect(unwrap(lockin.api.POST('/api/groups', { body }))).rejects.toMatchObject({
      code: 'invalid_request',
      errors: [{ pointer: '/name' }, { pointer: '/end_at' }],
    });
  });

  it('can be read without being thrown', async () => {
    const { data, error, response } = await lockin.api.GET('/api/groups/{id}', { params: { path: { id: nobody() } } });
    expect(data).toBeUndefined();
    expect(response.status).toBe(404);
    expect(isProblem(error) && error.code).toBe('not_found');
  });

  it('that is none of the API is an unexpected answer', async () => {
    const fetch = (): Promise<Response> => Promise.resolve(new Response('<h1>No entry</h1>', { status: 403 }));
    const behindProxy = lockinOf(api, ana, { fetch });
    await expect(unwrap(behindProxy.api.GET('/api/me'))).rejects.toMatchObject({
      status: 403,
      code: 'unexpected_answer',
      message: "The server's answer (403) is none of LockIN's.",
    });
  });
});

describe('An answer without a body', () => {
  it('is undefined', async () => {
    const cleo = lockinOf(api, await api.person('Cleo'));
    const nothing: undefined = await unwrap(cleo.api.DELETE('/api/me'));
    expect(nothing).toBeUndefined();
    await expect(unwrap(cleo.api.GET('/api/me'))).rejects.toMatchObject({ code: 'account_deleted' });
  });
});
