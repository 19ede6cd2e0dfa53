import { beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Response } from 'supertest';
import { createApp } from '../../src/create-app.js';
import { readEnvironment } from '../../src/config/environment.js';
import { QUIET, useApi } from '../support/api.js';
import type { ProblemBody } from '../support/request.js';
import { operations } from '../support/contract.js';
import { type Asked, requests, type Role, roles, rows } from './permissions.table.js';
import { type Users, createUsers, type Fixtures, createFixtures } from './permissions.fixtures.js';

const api = useApi({ METRICS_ENABLED: 'true' });
let users: Users;

beforeAll(async () => {
  users = await createUsers(api);
});

function ask(role: Role, operationId: string, { ids = {}, query = '', body }: Asked): Promise<Response> {
  const operation = operations.find((each) => each.operationId === operationId);
  if (!operation) throw new Error(`openapi.yaml has no operation ${operationId}`);
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? '') + query;
  const sent = { method: operation.method, path, body };
  return role === 'anonymous' ? api.anonymous(sent) : users[role].send(sent);
}

const changes = (operationId: string) =>
  operations.some((operation) => operation.operationId === operationId && operation.method !== 'GET');

/** The response in the notation of the matrix. */
function told({ status, body }: Response): string {
  const { code } = (body ?? {}) as Partial<ProblemBody>;
  return status < 400 ? `${status}` : `${status} ${code}`;
}

const CODES: Record<string, string> = {
  '401': '401 unauthenticated',
  '403': '403 forbidden',
  '403!': '403 maintenance_only',
  '404': '404 not_found',
};

describe('The permission matrix', () => {
  it('has every operation of openapi.yaml, with an answer for everybody', () => {
    expect([...new Set(rows.map(({ operationId }) => operationId))].sort()).toEqual(
      operations.map(({ operationId }) => operationId).sort(),
    );
    for (const { row, answers } of rows) expect([row, answers.length]).toEqual([row, roles.length]);
  });

  it.each(rows)('$row', async ({ row, operationId, answers, conflict }) => {
    const seen: Record<string, string> = {};
    let fixtures = await createFixtures(api, users);
    for (const role of roles) {
      const self = role === 'anonymous' ? randomUUID() : users[role].id;
      seen[role] = told(await ask(role, operationId, requests(fixtures, users, self)[row] ?? {}));
      if (operationId === 'deleteMe') users = await createUsers(api);
      if (seen[role].startsWith('2') && changes(operationId)) fixtures = await createFixtures(api, users);
    }
    const expected = answers.map((cell) => (cell === '409' ? `409 ${conflict}` : (CODES[cell] ?? cell)));
    expect(seen).toEqual(Object.fromEntries(roles.map((role, nth) => [role, expected[nth]])));
  });
});

describe('What may not be seen', () => {
  /** The whole response without the requested ids and the request's own id. */
  function plain({ status, headers, text }: Response, ...ids: string[]): string {
    const own = ['date', 'x-request-id'];
    const lines = Object.entries(headers as Record<string, string>)
      .filter(([name]) => !own.includes(name))
      .map(([name, value]) => `${name}: ${value}`);
    const body = text.replace(/"request_id":"[^"]*"/, '"request_id":""');
    return ids.reduce((answer, id) => answer.replaceAll(id, '{id}'), [status, ...lines.sort(), body].join('\n'));
  }

  /** Every id of a row, with an existing id that the caller may not see. */
  const foreign = (fixtures: Fixtures): Record<string, string> => ({
    [fixtures.group]: fixtures.foreign.group,
    [fixtures.session]: fixtures.foreign.session,
    [fixtures.scheduled]: fixtures.foreign.session,
    [fixtures.log]: fixtures.foreign.log,
    [fixtures.invite]: fixtures.foreign.invite,
    ...Object.fromEntries(Object.values(users).map(({ id }) => [id, users.other.id])),
  });

  const named = (asked: Asked): string[] => [
    ...new Set(JSON.stringify(asked).match(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/g) ?? []),
  ];
  const instead = (asked: Asked, id: string, other: string): Asked =>
    JSON.parse(JSON.stringify(asked).replaceAll(id, other)) as Asked;

  /** Ids of people, which are enough to add or invite them. */
  const open = ['addGroupMember', 'inviteToGroup'];

  const withIds = rows.filter(({ operationId }) =>
    operations.some((each) => each.operationId === operationId && !each.public),
  );

  it.each(withIds)('answers byte for byte like what does not exist: $row', async ({ row, operationId }) => {
    const fixtures = await createFixtures(api, users);
    for (const role of ['owner', 'host', 'participant', 'stranger', 'invitee'] as const) {
      const asked = requests(fixtures, users, users[role].id)[row] ?? {};
      for (const id of named(asked)) {
        const inBody = JSON.stringify(asked.body ?? {}).includes(id);
        if (inBody && open.includes(operationId)) continue;
        const elsewhere = foreign(fixtures)[id] ?? '';
        const nowhere = randomUUID();
        const there = await ask(role, operationId, instead(asked, id, elsewhere));
        const missing = await ask(role, operationId, instead(asked, id, nowhere));
        expect([role, plain(there, elsewhere)]).toEqual([role, plain(missing, nowhere)]);
        expect([role, missing.status]).toEqual([
          role,
          operationId === 'leaveSession' && missing.status === 403 ? 403 : 404,
        ]);
      }
    }
  });

  it('tells nobody of a group whether a person exists', async () => {
    const fixtures = await createFixtures(api, users);
    for (const row of ['addGroupMember', 'inviteToGroup', 'transferGroup']) {
      const asked = requests(fixtures, users, '')[row] ?? {};
      const [person] = named({ body: asked.body });
      const nowhere = randomUUID();
      const known = await ask('stranger', row, asked);
      const unknown = await ask('stranger', row, instead(asked, person ?? '', nowhere));
      expect(plain(known, person ?? '')).toBe(plain(unknown, nowhere));
    }
  });
});

describe('Every route', () => {
  it('but the declared public ones answers 401 without a token', async () => {
    const routes: { method: string; url: string }[] = [];
    const environment = readEnvironment({
      ...QUIET,
      ...api.issuer.environment,
      DATABASE_URL: api.databaseUrl,
      METRICS_ENABLED: 'true',
    });
    const app = await createApp(environment, (fastify) => {
      fastify.addHook('onRoute', ({ method, url }) => {
        for (const each of [method].flat()) routes.push({ method: each, url });
      });
    });
    const open: string[] = [];
    for (const { method, url } of routes) {
      const parts = url.split('::').map((part) => part.replace(/:\w+(\(\^\[\^:\]\+\))?/g, () => randomUUID()));
      const { statusCode } = await app.inject({ method: method as 'GET', url: parts.join(':') });
      if (statusCode !== 401) open.push(`${method} ${url} ${statusCode}`);
    }
    await app.close();
    expect(routes.filter(({ method }) => method !== 'HEAD')).toHaveLength(operations.length);
    const declared = operations.filter((operation) => operation.public).map(({ path }) => path);
    expect(open.sort()).toEqual(declared.flatMap((path) => [`GET ${path} 200`, `HEAD ${path} 200`]).sort());
  });
});
