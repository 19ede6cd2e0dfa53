import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Group, type LockInClient, paginate } from '@lockin/sdk';
import { type Person, useApi } from '../support/api.js';
import { createGroup } from '../support/factories.js';
import { startFaultyProxy } from './support/faulty-proxy.js';
import { createTestClient } from './support/test-client.js';

const api = useApi();
let ana: Person;
let lockin: LockInClient;

beforeAll(async () => {
  ana = await api.person('Ana');
  lockin = createTestClient(api, ana);
});

async function all<Row>(rows: AsyncIterable<Row>): Promise<Row[]> {
  const list: Row[] = [];
  for await (const row of rows) list.push(row);
  return list;
}

describe('paginate', () => {
  it('returns each item once, also if others are created meanwhile', async () => {
    const created: string[] = [];
    for (let count = 0; count < 7; count++) created.unshift((await createGroup(ana, { name: `Group ${count}` })).id);

    const visited: string[] = [];
    for await (const group of paginate(lockin, '/api/groups', { limit: 2 })) {
      const { id, name }: Group = group;
      expect(name).toMatch(/^Group/);
      if (visited.push(id) === 2) await createGroup(ana, { name: 'Newcomer' });
    }
    expect(visited).toEqual(created);
  });

  it('applies the filters of the query to every page', async () => {
    const [first, second] = [await createGroup(ana), await createGroup(ana)];
    for (const { id } of [first, second]) await ana.post(`/api/groups/${id}:archive`).expect(200);
    const archived = await all(paginate(lockin, '/api/groups', { status: 'archived', limit: 1 }));
    expect(archived.map(({ id }) => id)).toEqual([second.id, first.id]);
    expect(await all(paginate(lockin, '/api/notifications', { unread: true }))).toEqual([]);
  });

  it('requests a page only when it is needed', async () => {
    const proxy = await startFaultyProxy(api.url);
    await paginate(createTestClient(proxy, ana), '/api/groups', { limit: 3 }).next();
    expect(proxy.requests.map(({ path }) => path)).toEqual(['/api/groups?limit=3']);
    await proxy.stop();
  });

  it('throws the problem if the API refuses a page', async () => {
    const invalid = all(paginate(lockin, '/api/sessions', { limit: 1000 }));
    await expect(invalid).rejects.toMatchObject({ code: 'invalid_request', errors: [{ pointer: '?limit' }] });
  });
});
