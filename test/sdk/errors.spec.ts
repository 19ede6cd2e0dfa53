import { beforeAll, describe, expect, it } from '@jest/globals';
import { isProblem, type LockInClient, type ProblemCode, ProblemError, type SessionDetail, unwrap } from '@lockin/sdk';
import { type Person, useApi } from '../support/api.js';
import { nobody } from '../support/factories.js';
import { createTestClient } from './support/test-client.js';

const api = useApi();
let ana: Person;
let lockin: LockInClient;

beforeAll(async () => {
  ana = await api.person('Ana');
  lockin = createTestClient(api, ana);
});

const start = async (): Promise<SessionDetail> => {
  const { id } = await unwrap(lockin.api.POST('/api/sessions', { body: {} }));
  return await unwrap(lockin.api.POST('/api/sessions/{id}:start', { params: { path: { id } }, body: {} }));
};

/** Compiles only if the compiler knows the codes. */
function adviceFor(code: ProblemCode): string {
  switch (code) {
    case 'already_running':
      return 'stop the other one';
    case 'unexpected_response':
      return 'try again later';
    default:
      return 'show the detail';
  }
}

describe('An error response', () => {
  it('is thrown by unwrap as a ProblemError with the fields of the problem', async () => {
    const running = await start();
    const error: unknown = await start().catch((thrown: unknown) => thrown);
    if (!(error instanceof ProblemError)) throw new Error('Expected a ProblemError.');
    expect(error).toMatchObject({ status: 409, code: 'already_running', session_id: running.id, errors: [] });
    expect(error.message).toBe('You already host a running session. Stop or pause it first.');
    expect(error.request_id).not.toBe('');
    expect(adviceFor(error.code)).toBe('stop the other one');
    await unwrap(lockin.api.POST('/api/sessions/{id}:stop', { params: { path: { id: running.id } }, body: {} }));
  });

  it('names each invalid field of the input', async () => {
    const body = { name: '', end_at: 'tomorrow', timezone: 'UTC', period: 'daily', period_target_minutes: 60 } as const;
    await expect(unwrap(lockin.api.POST('/api/groups', { body }))).rejects.toMatchObject({
      code: 'invalid_request',
      errors: [{ pointer: '/name' }, { pointer: '/end_at' }],
    });
  });

  it('can be read without unwrap', async () => {
    const { data, error, response } = await lockin.api.GET('/api/groups/{id}', { params: { path: { id: nobody() } } });
    expect(data).toBeUndefined();
    expect(response.status).toBe(404);
    expect(isProblem(error) && error.code).toBe('not_found');
  });

  it('has the code unexpected_response if it is not from the API', async () => {
    const fetch = (): Promise<Response> => Promise.resolve(new Response('<h1>No entry</h1>', { status: 403 }));
    const behindProxy = createTestClient(api, ana, { fetch });
    await expect(unwrap(behindProxy.api.GET('/api/me'))).rejects.toMatchObject({
      status: 403,
      code: 'unexpected_response',
      message: 'The server sent an unexpected response (HTTP status 403).',
    });
  });
});

describe('A response without a body', () => {
  it('gives undefined', async () => {
    const cleo = createTestClient(api, await api.person('Cleo'));
    const nothing: undefined = await unwrap(cleo.api.DELETE('/api/me'));
    expect(nothing).toBeUndefined();
    await expect(unwrap(cleo.api.GET('/api/me'))).rejects.toMatchObject({ code: 'account_deleted' });
  });
});
