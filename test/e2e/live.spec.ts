import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { GroupDetail } from '../../src/groups/groups.dto.js';
import { type Api, type Person, startApi } from '../support/api.js';
import { aGroup, aRunningSession, joins, people } from '../support/factories.js';
import { type Second, startSecond } from '../support/second.js';
import { watch } from '../support/stream.js';
import { zoneAtNoon } from '../support/time.js';

let api: Api;
let other: Second;
let ana: Person;
let ben: Person;
let group: GroupDetail;

beforeAll(async () => {
  api = await startApi({ METRICS_ENABLED: 'true' });
  other = await startSecond(api);
});
afterAll(async () => {
  await other.stop();
  await api.stop();
});
beforeEach(async () => {
  [ana, ben] = await people(api, 'Ana', 'Ben');
  group = await aGroup(ana, { timezone: zoneAtNoon() });
  await joins(ana, group, ben);
});

describe('smoke', () => {
  it('works', async () => {
    const stream = await watch(api.url, ben.token, group);
    console.log(await stream.next(), Object.fromEntries(stream.headers));
    const t = Date.now();
    const { id } = await aRunningSession(other.as(ana), group);
    await stream.until(({ members }) => members.some(({ running }) => running));
    console.log(Date.now() - t);
    await other.as(ana).post(`/api/sessions/${id}:stop`).expect(200);
    await stream.until(({ members }) => !members.some(({ running }) => running));
    expect(1).toBe(1);
    await api
      .anonymous({ method: 'GET', path: '/metrics' })
      .answer.then(({ text }) => console.log(text.match(/lockin_live.*/g)));
    stream.close();
  });
});
