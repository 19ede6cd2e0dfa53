import { describe, expect, it } from '@jest/globals';
import { checkAgainstContract, type RecordedResponse, operations } from '../support/contract.js';

const uuid = 'd290f1ee-6c54-4b01-90e6-d701748f0851';
const json = { 'content-type': 'application/json; charset=utf-8' };
const problem = { 'content-type': 'application/problem+json; charset=utf-8' };

const session = {
  id: uuid,
  group_id: null,
  creator_id: uuid,
  status: 'running',
  scheduled_start: null,
  started_at: '2026-10-05T04:00:00.000Z',
  ended_at: null,
  created_at: '2026-10-05T03:59:58.214Z',
  participants: [],
};

const notFound = {
  type: 'urn:lockin:problem:not_found',
  title: 'Not found',
  status: 404,
  detail: 'This does not exist, or is not visible to you.',
  instance: `/api/sessions/${uuid}`,
  code: 'not_found',
  request_id: 'r1',
};

function checking(changes: Partial<RecordedResponse>): () => void {
  const path = `/api/sessions/${uuid}`;
  return () => checkAgainstContract({ method: 'GET', path, status: 200, headers: json, body: session, ...changes });
}

describe('an answer passes', () => {
  it('when the contract describes it', () => {
    expect(checking({})).not.toThrow();
    expect(checking({ headers: new Headers(json), path: `/api/sessions/${uuid}?x=1` })).not.toThrow();
    expect(checking({ status: 404, headers: problem, body: notFound })).not.toThrow();
  });

  it('without a body where none is declared', () => {
    const leave = { method: 'DELETE', path: `/api/sessions/${uuid}/participants/${uuid}`, status: 204, headers: {} };
    expect(checking({ ...leave, body: '' })).not.toThrow();
    expect(checking({ ...leave, body: session })).toThrow('it has a body, where none is declared');
  });

  it('from a path that the contract does not know only as a 404 with a problem', () => {
    const nowhere = { path: '/api/nowhere', status: 404, headers: problem, body: notFound };
    expect(checking(nowhere)).not.toThrow();
    expect(checking({ ...nowhere, headers: json })).toThrow('it is no operation of the contract');
    expect(checking({ ...nowhere, status: 200 })).toThrow('it is no operation of the contract');
  });
});

describe('an answer fails', () => {
  it('with an undeclared status or content type', () => {
    expect(checking({ status: 418 })).toThrow(`GET /api/sessions/${uuid} answered 418 against openapi.yaml`);
    expect(checking({ headers: { 'content-type': 'text/html' } })).toThrow('the content type is text/html');
    expect(checking({ headers: {} })).toThrow('the content type is missing');
  });

  it('with a property too many, too few or of another kind', () => {
    const { ended_at, ...shorter } = session;
    expect(checking({ body: { ...session, secret: 1 } })).toThrow(
      'the body (secret) must NOT have additional properties',
    );
    expect(checking({ body: shorter })).toThrow("the body must have required property 'ended_at'");
    expect(checking({ body: { ...session, ended_at: 7 } })).toThrow('the body at /ended_at must be string,null');
    expect(checking({ body: { ...session, status: 'lost' } })).toThrow('(scheduled, running, paused, ended)');
    expect(ended_at).toBeNull();
  });

  it('with a time in any spelling but the one', () => {
    for (const started_at of ['2026-10-05T04:00:00Z', '2026-10-05T04:00:00.000+00:00', '2026-13-05T04:00:00.000Z']) {
      expect(checking({ body: { ...session, started_at } })).toThrow('at /started_at must match format "date-time"');
    }
  });

  it('with a problem that the operation does not have, or a 400 that names no fault', () => {
    const body = { ...notFound, code: 'group_full' };
    expect(checking({ status: 404, headers: problem, body })).toThrow('at /code (not_found)');
    const silent = { ...notFound, status: 400, code: 'invalid_request' };
    expect(checking({ status: 400, headers: problem, body: silent })).toThrow("required property 'errors'");
  });

  it('without a header that is required', () => {
    const created = { method: 'POST', path: '/api/sessions', status: 201 };
    expect(checking(created)).toThrow('the header Location is missing');
    expect(checking({ ...created, headers: { ...json, location: `/api/sessions/${uuid}` } })).not.toThrow();
  });

  it('when a request was accepted that the contract refuses', () => {
    const start = { method: 'POST', path: `/api/sessions/${uuid}:start` };
    expect(checking({ ...start, requestBody: { at: '2026-10-05T09:30:00+05:30' } })).not.toThrow();
    expect(checking({ ...start, requestBody: { at: 'now' } })).toThrow('a request was accepted that at /at must match');
    expect(checking({ requestBody: { a: 1 } })).toThrow('a request was accepted that (a) must NOT');
    expect(checking({ requestBody: {} })).not.toThrow();
  });
});

it('tells an action from the resource that it acts on', () => {
  const body = { ...notFound, code: 'already_running', status: 409, session_id: uuid };
  const refused = { status: 409, headers: problem, body };
  expect(checking({ ...refused, method: 'POST', path: `/api/sessions/${uuid}:start` })).not.toThrow();
  expect(checking({ ...refused, method: 'POST', path: `/api/sessions/${uuid}:stop` })).toThrow('at /code');
  expect(checking({ path: `/api/sessions/${uuid}:start` })).toThrow('it is no operation of the contract');
});

it('lists every operation for the tests that walk over all of them', () => {
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  expect(operations.filter((each) => each.public).map(({ operationId }) => operationId)).toEqual([
    'getLiveness',
    'getReadiness',
    'getMetrics',
    'getOpenapiJson',
    'getOpenapiYaml',
  ]);
  const clone = operations.find(({ operationId }) => operationId === 'cloneGroup');
  expect(clone).toMatchObject({ method: 'POST', path: '/api/groups/{id}:clone', public: false });
  expect(clone?.statuses).toEqual(expect.arrayContaining([201, 400, 401, 404, 429, 500, 503]));
  expect(clone?.parameters).toMatchObject([
    { name: 'id', in: 'path', required: true },
    { name: 'Idempotency-Key', in: 'header' },
  ]);
  const create = operations.find(({ operationId }) => operationId === 'createGroup');
  expect(create?.requestSchema?.properties?.period).toMatchObject({ enum: ['daily', 'weekly'] });
});

it('has a schema that compiles for every answer, so nothing passes as 17', () => {
  for (const { method, path, statuses } of operations) {
    for (const status of statuses) {
      const headers = status < 400 ? json : problem;
      const recorded = { method, path: path.replaceAll(/\{\w+\}/g, uuid), status, headers, body: 17 };
      expect(() => checkAgainstContract(recorded)).toThrow('against openapi.yaml');
    }
  }
});
