import { beforeEach, describe, expect, it } from '@jest/globals';
import { request } from 'node:http';
import type { Response } from 'supertest';
import type { GroupDetail } from '../../src/groups/groups.dto.js';
import type { Session } from '../../src/sessions/sessions.dto.js';
import { type Person, useApi } from '../support/api.js';
import { bodyOf, problem } from '../support/request.js';
import { operations } from '../support/contract.js';
import {
  createGroup,
  agoSeconds,
  createRunningSession,
  createSession,
  inDays,
  nobody,
  people,
} from '../support/factories.js';
import { nextTick } from '../support/focus.js';
import { hours, advanceTime } from '../support/time.js';

const api = useApi();
let ana: Person;
let ben: Person;
let group: GroupDetail;

beforeEach(async () => {
  [ana, ben] = await people(api, 'Ana', 'Ben');
  group = await createGroup(ana);
});

const withKey = (key: string) => ({ 'idempotency-key': key });
const aNewGroup = { name: 'Club', end_at: inDays(7), timezone: 'UTC', period: 'daily', period_target_minutes: 60 };
const locationOf = ({ headers }: Response): string | undefined => headers['location'];

async function rowCounts(): Promise<unknown> {
  const { rows } = await api.database.query(
    `SELECT (SELECT count(*) FROM groups) AS groups, (SELECT count(*) FROM group_members) AS members,
            (SELECT count(*) FROM sessions) AS sessions, (SELECT count(*) FROM time_logs) AS logs,
            (SELECT count(*) FROM notifications) AS notifications, (SELECT count(*) FROM rate_limit_uses) AS limited`,
  );
  return rows[0];
}

interface Creation {
  path: string;
  body?: object;
}

/** Each operation that creates, and a later change of the resource. */
const creations: Record<
  string,
  { make: () => Promise<Creation>; change: (id: string, path: string) => Promise<unknown> }
> = {
  createGroup: {
    make: () => Promise.resolve({ path: '/api/groups', body: aNewGroup }),
    change: (id) => ana.patch(`/api/groups/${id}`, { name: 'Renamed' }).expect(200),
  },
  cloneGroup: {
    make: () => Promise.resolve({ path: `/api/groups/${group.id}:clone` }),
    change: (id) => ana.post(`/api/groups/${id}:archive`).expect(200),
  },
  inviteToGroup: {
    make: () => Promise.resolve({ path: `/api/groups/${group.id}:invite`, body: { recipient_id: ben.id } }),
    change: (id) => ben.post(`/api/invites/${id}:decline`).expect(200),
  },
  createSession: {
    make: () => Promise.resolve({ path: '/api/sessions', body: { group_id: group.id } }),
    change: (id) => ana.post(`/api/sessions/${id}:start`).expect(200),
  },
  recordSession: {
    make: () => {
      const segments = [{ started_at: agoSeconds(300), ended_at: agoSeconds(200) }];
      return Promise.resolve({ path: '/api/sessions:record', body: { group_id: group.id, segments } });
    },
    change: async (id) => {
      const { started_at } = await bodyOf<Session>(ana.get(`/api/sessions/${id}`).expect(200));
      const log = { started_at, ended_at: agoSeconds(250) };
      return ana.post(`/api/sessions/${id}/logs`, log).expect(201);
    },
  },
  addSessionLog: {
    make: async () => {
      const { id } = await createRunningSession(ana, group, 600);
      return {
        path: `/api/sessions/${id}/logs`,
        body: { started_at: agoSeconds(300), ended_at: agoSeconds(200) },
      };
    },
    change: (id, path) => ana.delete(`${path}/${id}`).expect(204),
  },
};

it('An Idempotency-Key applies to every POST that creates', () => {
  const taking = operations.filter(({ parameters }) => parameters.some(({ name }) => name === 'Idempotency-Key'));
  expect(taking.map(({ operationId }) => operationId).sort()).toEqual(Object.keys(creations).sort());
});

describe.each(Object.entries(creations))('%s under the same key', (_, { make, change }) => {
  it('creates one resource, and replays the same bytes also after a change', async () => {
    const { path, body } = await make();
    const first = await ana.post(path, body, withKey('one'));
    expect([first.status, locationOf(first)]).toEqual([201, expect.stringMatching(/^\/api\//)]);
    await change((first.body as { id: string }).id, path);
    const before = await rowCounts();
    for (let i = 0; i < 3; i++) {
      const again = await ana.post(path, body, withKey('one'));
      expect([again.status, again.text, locationOf(again)]).toEqual([201, first.text, locationOf(first)]);
      expect(again.headers['content-type']).toBe(first.headers['content-type']);
    }
    expect(await rowCounts()).toEqual(before);
  });

  it('creates another one with another key, and for another caller', async () => {
    await ana.post(`/api/groups/${group.id}/members`, { user_id: ben.id, role: 'admin' }).expect(201);
    const [cleo] = await people(api, 'Cleo');
    const { path, body } = await make();
    const sent = path.endsWith(':invite') ? { recipient_id: cleo.id } : body;
    const answers = [
      await ana.post(path, sent, withKey('one')),
      await ana.post(path, sent, withKey('two')),
      await ben.post(path, sent, withKey('one')),
    ];
    // There is one pending invite per person.
    const found = path.endsWith(':invite') ? 200 : 201;
    expect(answers.map(({ status }) => status)).toEqual([201, found, found]);
    expect(new Set(answers.map((answer) => (answer.body as { id: string }).id)).size).toBe(found === 200 ? 1 : 3);
  });
});

it('A repeated invite is replayed with 200 and without a Location', async () => {
  const path = `/api/groups/${group.id}:invite`;
  const invite = await ana.post(path, { recipient_id: ben.id });
  const found = await ana.post(path, { recipient_id: ben.id }, withKey('one'));
  await ben.post(`/api/invites/${(invite.body as { id: string }).id}:decline`).expect(200);
  const again = await ana.post(path, { recipient_id: ben.id }, withKey('one'));
  expect([again.status, again.text, locationOf(again)]).toEqual([200, found.text, undefined]);
});

it('An error stores no response, and the key can be used again', async () => {
  const scheduled = await createSession(ana);
  const log = { started_at: agoSeconds(300), ended_at: agoSeconds(200) };
  const refusals: [number, string, object?][] = [
    [400, '/api/groups', { ...aNewGroup, end_at: inDays(-1) }],
    [404, `/api/groups/${nobody()}:clone`],
    [404, `/api/groups/${group.id}:invite`, { recipient_id: nobody() }],
    [409, `/api/groups/${group.id}:invite`, { recipient_id: ana.id }],
    [404, '/api/sessions', { group_id: nobody() }],
    [409, `/api/sessions/${scheduled.id}/logs`, log],
  ];
  const before = await rowCounts();
  for (const [status, path, body] of refusals) await ana.post(path, body, withKey('one')).expect(status);
  expect(await rowCounts()).toEqual(before);
  await ana.post('/api/sessions', {}, withKey('one')).expect(201);
});

describe('The same request is', () => {
  beforeEach(() => ana.post('/api/groups', aNewGroup, withKey('one')).expect(201));

  it('one with the same meaning, in any spelling', async () => {
    const { name, ...rest } = aNewGroup;
    const end_at = rest.end_at.replace('Z', '+00:00');
    const spelled = { ...rest, end_at, description: null, start_at: null, name: ` ${name}\t` };
    await ana.post('/api/groups', spelled, withKey('one')).expect(201);
    expect(await bodyOf(ana.get('/api/groups').expect(200))).toHaveLength(2);
  });

  it('not one with another body or path', async () => {
    const others: [string, object?][] = [
      ['/api/groups', { ...aNewGroup, name: 'Other' }],
      ['/api/groups', { ...aNewGroup, description: '' }],
      ['/api/sessions', {}],
      [`/api/groups/${group.id}:clone`],
      // The key is checked before the resource is read.
      [`/api/groups/${nobody()}:clone`],
    ];
    for (const [path, body] of others) {
      await ana.post(path, body, withKey('one')).expect(problem(422, 'idempotency_key_reused'));
    }
    await ana.post('/api/groups', aNewGroup, withKey('One')).expect(201);
  });

  it('not a malformed one, which is a 400 first', async () => {
    await ana.post('/api/groups', { ...aNewGroup, name: '' }, withKey('one')).expect(problem(400, 'invalid_request'));
    await ana.post('/api/sessions/x/logs', {}, withKey('one')).expect(problem(400, 'invalid_request'));
  });
});

describe('A key', () => {
  const refused = async (key: string | string[]): Promise<void> => {
    const answer = await new Promise<{ status?: number; text: string }>((resolve, reject) => {
      const headers = { authorization: `Bearer ${ana.token}`, 'idempotency-key': key };
      const sent = request(`${api.url}/api/sessions`, { method: 'POST', headers }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve({ status: response.statusCode, text }));
      });
      sent.on('error', reject).end();
    });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({
      code: 'invalid_request',
      errors: [{ pointer: 'Idempotency-Key', detail: expect.stringMatching(/^must be/) }],
    });
  };

  it('is 1 to 255 printable characters, sent once', async () => {
    for (const key of ['', ' ', 'x'.repeat(256), 'clé', 'a\tb', ['a', 'b'], ['a', 'a'], ['', 'a']]) await refused(key);
    for (const key of ['x'.repeat(255), '"quoted", and with a comma', '~ !']) {
      await ana.post('/api/sessions', {}, withKey(key)).expect(201);
    }
  });

  it('is ignored by requests that do not create', async () => {
    await ana.post(`/api/groups/${group.id}:clone`, undefined, withKey('one')).expect(201);
    const { id } = await createSession(ana);
    for (const verb of ['start', 'pause', 'stop']) {
      await ana.post(`/api/sessions/${id}:${verb}`, {}, withKey('one')).expect(200);
    }
    await ana.post(`/api/sessions/${id}:stop`, {}, withKey('')).expect(200);
  });

  it('does not count towards rate limits when it is replayed', async () => {
    const path = `/api/groups/${group.id}:clone`;
    for (let i = 0; i < 40; i++) await ana.post(path, undefined, withKey('one')).expect(201);
    for (let i = 1; i < 30; i++) await ana.post(path, undefined, withKey(`more ${i}`)).expect(201);
    await ana.post(path, undefined, withKey('too many')).expect(problem(429, 'rate_limited'));
    await ana.post(path, undefined, withKey('one')).expect(201);
    await advanceTime(api, hours(1));
    await ana.post(path, undefined, withKey('too many')).expect(201);
  });

  it('replays its response for 24 hours, and can be used again after that', async () => {
    const first = await bodyOf<{ id: string }>(ana.post('/api/sessions', {}, withKey('one')).expect(201));
    const again = () => bodyOf<{ id: string }>(ana.post('/api/sessions', {}, withKey('one')).expect(201));
    await advanceTime(api, hours(24) - 60);
    expect((await again()).id).toBe(first.id);
    await advanceTime(api, 60);
    const second = await again();
    expect(second.id).not.toBe(first.id);
    await advanceTime(api, hours(24) - 60);
    expect((await again()).id).toBe(second.id);
    await ana
      .post(`/api/groups/${group.id}:clone`, undefined, withKey('one'))
      .expect(problem(422, 'idempotency_key_reused'));
  });

  it('is purged after 24 hours, and not earlier', async () => {
    const kept = async (): Promise<string[]> => {
      const keys = await api.database.query<{ key: string }>(
        'SELECT key FROM idempotency_keys WHERE user_id = $1 ORDER BY key',
        [ben.id],
      );
      return keys.rows.map(({ key }) => key);
    };
    await ben.post('/api/sessions', {}, withKey('older')).expect(201);
    await advanceTime(api, hours(1));
    await ben.post('/api/sessions', {}, withKey('younger')).expect(201);
    await advanceTime(api, hours(23) - 60);
    await nextTick(api);
    expect(await kept()).toEqual(['older', 'younger']);
    await advanceTime(api, 60);
    await nextTick(api);
    expect(await kept()).toEqual(['younger']);
  });
});
