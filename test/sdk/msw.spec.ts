import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createLockInClient, createOfflineQueue, unwrap } from '@lockin/sdk';
import { handlers } from '@lockin/sdk/msw';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readDocument, type Response as ContractResponse } from '../../tools/contract/document.js';
import { examplesOf, render } from '../../tools/msw/examples.js';

const root = join(import.meta.dirname, '../..');
const BASE_URL = 'https://api.lockin.example';
const contract = readDocument(join(root, 'openapi.yaml'));
const server = setupServer(...handlers(`${BASE_URL}/`));
const lockin = createLockInClient({ baseUrl: BASE_URL, token: () => 'token', maxRetries: 0 });
const { api } = lockin;

beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
afterEach(() => server.resetHandlers());
afterAll(() => server.close());

const GROUP = 'd290f1ee-6c54-4b01-90e6-d701748f0851';

describe('The MSW handlers', () => {
  it('respond to the client with the examples of the contract', async () => {
    expect(await unwrap(api.GET('/api/me'))).toMatchObject({ display_name: 'Ana' });
    const params = { path: { id: GROUP } };
    expect(await unwrap(api.GET('/api/groups/{id}', { params }))).toMatchObject({ id: GROUP });
    expect(await unwrap(api.GET('/api/groups/{id}/progress/current', { params }))).toMatchObject([{ rank: 1 }]);
    const query = { params: { query: { status: 'active', limit: 5 } } } as const;
    expect(await unwrap(api.GET('/api/groups', query))).toHaveLength(1);
  });

  it('tell custom methods from the resource', async () => {
    const { response } = await api.POST('/api/groups/{id}:clone', { params: { path: { id: GROUP } } });
    expect(response.status).toBe(201);
    expect((await api.POST('/api/notifications:read-all')).response.status).toBe(200);
    expect((await api.DELETE('/api/me')).response.status).toBe(204);
  });

  it("let the offline queue learn the server's clock, and send", async () => {
    const queue = createOfflineQueue(lockin);
    await queue.start(GROUP);
    await queue.flush();
    expect(queue.pending).toEqual([]);
    queue.close();
  });

  it('can be replaced by those of a test', async () => {
    const problem = { code: 'not_found', detail: 'No such group.' };
    server.use(http.get(`${BASE_URL}/api/groups/:id`, () => HttpResponse.json(problem, { status: 404 })));
    const call = unwrap(api.GET('/api/groups/{id}', { params: { path: { id: GROUP } } }));
    await expect(call).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('The generated examples', () => {
  it('are those of openapi.yaml', async () => {
    expect(await readFile(join(root, 'sdk/src/msw/examples.ts'), 'utf8')).toBe(render(contract));
  });

  it('match the schemas of their responses', () => {
    const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true }));
    ajv.addSchema(contract, 'contract');
    const mismatches = examplesOf(contract)
      .filter(({ type }) => type === 'application/json')
      .flatMap(({ method, path, status, body }) => {
        const pointer = ['paths', path, method, 'responses', String(status)].map(escapePointer).join('/');
        const response = at(pointer);
        const target = response.$ref?.replace('#/', '') ?? pointer;
        const validate = ajv.compile({ $ref: `contract#/${target}/content/application~1json/schema` });
        return validate(body) ? [] : [`${method} ${path}: ${ajv.errorsText(validate.errors)}`];
      });
    expect(mismatches).toEqual([]);
  });

  const escapePointer = (name: string): string => encodeURIComponent(name.replaceAll('/', '~1'));
  const at = (pointer: string): ContractResponse & { $ref?: string } =>
    pointer.split('/').reduce<object>((node, name) => node[unescape(name) as keyof typeof node], contract);
  const unescape = (name: string): string => decodeURIComponent(name).replaceAll('~1', '/');
});
