import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { useApi } from '../support/api.js';
import { type DescribedOperation, operations } from '../support/contract.js';
import { rightBodies } from './fuzz.bodies.js';
import { BODIES, IDS, QUERIES, TIMES, TYPES, VALUES, VERBS, ZONES } from './fuzz.values.js';
import { type RawAnswer, Wire } from './fuzz.wire.js';
import { type Users, createUsers, type Fixtures, createFixtures } from './permissions.fixtures.js';

const api = useApi({ METRICS_ENABLED: 'true' });
let users: Users;
let fixtures: Fixtures;
const wires = new Map<keyof Users | 'anybody', Wire>();

beforeAll(async () => {
  users = await createUsers(api);
  fixtures = await createFixtures(api, users);
  for (const role of ['owner', 'host', 'participant', 'invitee', 'maintenance'] as const) {
    wires.set(role, new Wire(api.url, users[role].token));
  }
  wires.set('anybody', new Wire(api.url, () => api.issuer.token()));
  api.beforeStop(() => wires.forEach((wire) => wire.close()));
});

/** The connection of a person with the permission, so that only the input is wrong. */
function wireOf({ path, operationId }: DescribedOperation): Wire {
  // An account can be deleted only once.
  if (operationId === 'deleteMe') return wires.get('anybody')!;
  if (operationId === 'archiveExpiredGroups') return wires.get('maintenance')!;
  if (path.startsWith('/api/invites') || path.startsWith('/api/notifications')) return wires.get('invitee')!;
  if (operationId === 'deleteSessionLog') return wires.get('participant')!;
  return wires.get(path.startsWith('/api/sessions') ? 'host' : 'owner')!;
}

/** The operation's path with valid ids. */
function pathOf({ path, operationId }: DescribedOperation, wrong: Record<string, string> = {}): string {
  const session = operationId === 'startSession' ? fixtures.scheduled : fixtures.session;
  const id = /^\/api\/(invites|notifications)/.test(path)
    ? fixtures.invite
    : path.startsWith('/api/sessions')
      ? session
      : fixtures.group;
  const right: Record<string, string> = { id, userId: users.member.id, inviteId: fixtures.invite, logId: fixtures.log };
  return path.replace(/\{(\w+)\}/g, (_, name: string) => wrong[name] ?? right[name] ?? '');
}

const rightBody = (operationId: string): Record<string, unknown> | undefined =>
  rightBodies(users, fixtures)[operationId]?.();

/** Sends all requests in parallel, after creating the rows that they act on. */
async function sendAll<T>(inputs: T[], send: (input: T) => Promise<RawAnswer>): Promise<[T, RawAnswer][]> {
  fixtures = await createFixtures(api, users);
  return Promise.all(inputs.map(async (input): Promise<[T, RawAnswer]> => [input, await send(input)]));
}

const withBody = operations.filter(({ method }) => method !== 'GET');
const withProperties = withBody.filter(({ requestSchema }) => requestSchema);

it('every operation that takes a body is tried with each of its properties', () => {
  for (const { operationId, requestSchema } of withProperties) {
    const tried = Object.keys(rightBody(operationId) ?? {}).sort();
    expect([operationId, tried]).toEqual([operationId, Object.keys(requestSchema?.properties ?? {}).sort()]);
  }
});

describe('A property that holds anything', () => {
  it.each(withProperties.map((operation) => [operation.operationId, operation] as const))(
    'of %s',
    async (_, operation) => {
      const { method, operationId } = operation;
      const texts = [...TIMES, ...ZONES].map((text) => JSON.stringify(text));
      const names = Object.keys(rightBody(operationId) ?? {});
      const inputs = names.flatMap((name) => [...VALUES, ...texts].map((value) => ({ name, value })));
      const answers = await sendAll(inputs, ({ name, value }) => {
        const body = JSON.stringify({ ...rightBody(operationId), [name]: '@' }).replace('"@"', () => value);
        return wireOf(operation).send({ method, path: pathOf(operation), body });
      });
      for (const [{ name }, { status, problem, text }] of answers) {
        if (status !== 400 || problem?.code !== 'invalid_request') continue;
        const pointers = problem.errors?.map(({ pointer }) => pointer.split('/')[1]);
        if (!pointers?.includes(name)) throw new Error(`/${name} is not named: ${text}`);
      }
    },
  );
});

describe('A body that is wrong in itself', () => {
  it.each(withBody.map((operation) => [operation.operationId, operation] as const))(
    'sent to %s',
    async (_, operation) => {
      const { method, requestSchema } = operation;
      const wire = wireOf(operation);
      const answers = await sendAll(BODIES, ([, body]) => wire.send({ method, path: pathOf(operation), body }));
      const nothing = ['empty', 'null'];
      for (const [[what], { status, text }] of answers) {
        if (status < 400 && !nothing.includes(what)) throw new Error(`${what} was accepted: ${text}`);
        if (status === 413 && what !== '64 KiB and one') throw new Error(text);
      }
      const types = await sendAll(TYPES, (contentType) =>
        wire.send({ method, path: pathOf(operation), body: '{"unknown":1}', contentType }),
      );
      for (const [type, { status, text }] of types) {
        if (status < 400) throw new Error(`${type}: ${text}`);
      }
      expect(types.filter(([, { status }]) => status === 415).length).toBeGreaterThanOrEqual(8);
      for (const announced of [true, false]) {
        const huge = await wire.sendHuge(method, pathOf(operation), 10 * 1024 * 1024, announced);
        expect([announced, huge.status]).toEqual([announced, 413]);
      }
      expect(requestSchema === undefined || requestSchema.additionalProperties === false).toBe(true);
    },
  );
});

describe('An id that is none', () => {
  const withIds = operations.filter(({ path }) => path.includes('{'));
  it.each(withIds.map((operation) => [operation.operationId, operation] as const))(
    'in the path of %s',
    async (_, operation) => {
      const { method, operationId, path } = operation;
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
      const inputs = names.flatMap((name) => IDS.map((id) => ({ name, id })));
      const body = JSON.stringify(rightBody(operationId));
      const answers = await sendAll(inputs, ({ name, id }) =>
        wireOf(operation).send({ method, path: pathOf(operation, { [name]: id }), body }),
      );
      for (const [{ name }, { status, problem, text }] of answers) {
        if (status !== 400 && status !== 404) throw new Error(text);
        const named = problem?.errors?.some(({ pointer }) => pointer === `{${name}}` || pointer === '');
        if (status === 400 && !named) throw new Error(`{${name}} is not named: ${text}`);
      }
    },
  );
});

/** `/api/groups/{id}:clone` with the colon percent-encoded. */
it('Every custom method is found if its path is percent-encoded', async () => {
  fixtures = await createFixtures(api, users);
  for (const operation of operations.filter(({ path }) => path.includes(':'))) {
    const path = pathOf(operation).replaceAll(':', '%3A');
    const { status, text } = await wireOf(operation).send({ method: operation.method, path });
    if (status === 404) throw new Error(text);
  }
});

it('A verb that is none finds nothing, whatever it is put behind', async () => {
  fixtures = await createFixtures(api, users);
  const paths = ['groups', 'sessions', 'notifications', 'invites'].flatMap((list) =>
    VERBS.map((verb) => `/api/${list}/${fixtures.group}${verb}`),
  );
  for (const path of [...paths, '/api/notifications:explode', '/api/me:read', '/api/groups:clone']) {
    for (const method of ['GET', 'POST', 'PATCH', 'DELETE', 'PUT', 'OPTIONS']) {
      const { status } = await fetch(api.url + path, {
        method,
        headers: { authorization: `Bearer ${users.owner.token}` },
      });
      expect([400, 404]).toContain(status);
    }
  }
});

describe('A query that is wrong', () => {
  it.each(operations.map((operation) => [operation.operationId, operation] as const))('of %s', async (_, operation) => {
    const { method, operationId } = operation;
    const body = JSON.stringify(rightBody(operationId));
    const answers = await sendAll(QUERIES, (query) =>
      wireOf(operation).send({ method, path: pathOf(operation) + query, body }),
    );
    const fine = ['?&&&', '?#'];
    for (const [query, { status, text }] of answers) {
      if (status < 400 && !fine.includes(query) && !operation.public) throw new Error(text);
    }
  });
});

describe('Anything at all', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom(...TIMES, ...ZONES),
  );
  const value = fc.oneof(
    text,
    fc.jsonValue({ maxDepth: 3 }),
    fc.double(),
    fc.integer(),
    fc.uuid(),
    fc.date({ noInvalidDate: true }),
  );

  it.each(withProperties.map((operation) => [operation.operationId, operation] as const))(
    'sent to %s',
    async (_, operation) => {
      const { method, operationId } = operation;
      fixtures = await createFixtures(api, users);
      const known = Object.keys(rightBody(operationId) ?? {});
      const wild = fc.record(Object.fromEntries(known.map((name) => [name, value])), { requiredKeys: [] });
      const odd = fc
        .tuple(wild, fc.dictionary(fc.string({ unit: 'binary' }), value, { maxKeys: 2 }))
        .map(([a, b]) => ({ ...a, ...b }));
      const mild = wild.map((some) => ({ ...rightBody(operationId), ...some }));
      await fc.assert(
        fc.asyncProperty(fc.oneof(wild, odd, mild, fc.json()), async (sent) => {
          const body = typeof sent === 'string' ? sent : JSON.stringify(sent);
          await wireOf(operation).send({ method, path: pathOf(operation), body });
        }),
        { numRuns: 30 },
      );
    },
  );

  it('in the query of the lists and of the look-up', async () => {
    const lists = operations.filter(({ parameters }) => parameters.some((parameter) => parameter.in === 'query'));
    for (const operation of lists) {
      const names = operation.parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
      const query = fc.array(fc.tuple(fc.constantFrom(...names), fc.oneof(text, fc.integer().map(String), fc.uuid())), {
        maxLength: 4,
      });
      await fc.assert(
        fc.asyncProperty(query, async (pairs) => {
          await api.database.query('DELETE FROM rate_limit_uses');
          const search = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`).join('&');
          await wireOf(operation).send({ method: 'GET', path: `${pathOf(operation)}?${search}` });
        }),
        { numRuns: 20 },
      );
    }
  });

  it('in the header of what creates', async () => {
    const keys = [
      '',
      ' ',
      '\t',
      ',',
      '"',
      '\u00e9',
      '\u0080',
      '%00',
      '$ne',
      "'; --",
      'x'.repeat(256),
      'x'.repeat(7000),
    ];
    const taking = operations.filter(({ parameters }) => parameters.some(({ name }) => name === 'Idempotency-Key'));
    for (const operation of taking) {
      const { method, operationId } = operation;
      const body = JSON.stringify(rightBody(operationId));
      const answers = await sendAll(keys, (key) =>
        wireOf(operation).send({ method, path: pathOf(operation), body, headers: { 'idempotency-key': key } }),
      );
      expect([operationId, answers.filter(([, { status }]) => status === 400).length]).toEqual([operationId, 7]);
    }
  });

  it('in the header of the race', async () => {
    const operation = operations.find(({ operationId }) => operationId === 'getCurrentProgress')!;
    const tags = ['*', '"', 'W/', ',,,', 'W/"x", *', 'x'.repeat(7000), '"\u00e9"', '$ne', '%00', '\t', 'W/""'];
    for (const tag of tags) {
      const { status } = await wireOf(operation).send({
        method: 'GET',
        path: pathOf(operation),
        headers: { 'if-none-match': tag },
      });
      expect([200, 304]).toContain(status);
    }
  });
});
