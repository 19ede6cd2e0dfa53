import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type components, type LockIn, pages } from '@lockin/sdk';
import { type Api, type Person, startApi } from '../support/api.js';
import { aGroup } from '../support/factories.js';
import { startBadNetwork } from './support/bad-network.js';
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

async function all<Row>(rows: AsyncIterable<Row>): Promise<Row[]> {
  const list: Row[] = [];
  for await (const row of rows) list.push(row);
  return list;
}

describe('Pages', () => {
  it('visit each row once, though others arrive meanwhile', async () => {
    const made: string[] = [];
    for (let count = 0; count < 7; count++) made.unshift((await aGroup(ana, { name: `Group ${count}` })).id);

    const seen: string[] = [];
    for await (const group of pages(lockin, '/api/groups', { limit: 2 })) {
      const { id, name }: components['schemas']['Group'] = group;
      expect(name).toMatch(/^Group/);
      if (seen.push(id) === 2) await aGroup(ana, { name: 'Newcomer' });
    }
    expect(seen).toEqual(made);
  });

  it('keep to what was asked for', async () => {
    const [first, second] = [await aGroup(ana), await aGroup(ana)];
    for (const { id } of [first, second]) await ana.post(`/api/groups/${id}:archive`).expect(200);
    const archived = await all(pages(lockin, '/api/groups', { status: 'archived', limit: 1 }));
    expect(archived.map(({ id }) => id)).toEqual([second.id, first.id]);
    expect(await all(pages(lockin, '/api/notifications', { unread: true }))).toEqual([]);
  });

  it('are asked for one at a time, and only as far as they are read', async () => {
    const network = await startBadNetwork(api.url);
    await pages(lockinOf(network, ana), '/api/groups', { limit: 3 }).next();
    expect(network.seen.map(({ path }) => path)).toEqual(['/api/groups?limit=3']);
    await network.stop();
  });

  it('throw what they are refused', async () => {
    const wrong = all(pages(lockin, '/api/sessions', { limit: 1000 }));
    await expect(wrong).rejects.toMatchObject({ code: 'invalid_request', errors: [{ pointer: '?limit' }] });
  });
});
