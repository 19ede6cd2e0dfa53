import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { secondsAt, unwrap } from '@lockin/sdk';
import type { GroupDetail } from '../../src/groups/groups.dto.js';
import type { Session, SessionDetail, TimeLog } from '../../src/sessions/sessions.dto.js';
import { type Person, useApi } from '../support/api.js';
import { bodyOf } from '../support/request.js';
import { createGroup } from '../support/factories.js';
import { zoneAtNoon } from '../support/time.js';
import { Phone } from './support/phone.js';
import { HOUR, MINUTE, shiftDeviceClock } from './support/queue-setup.js';
import { until } from './support/until.js';

const api = useApi();
let ana: Person;
let group: GroupDetail;
let phone: Phone;

beforeEach(async () => {
  // The API runs in this process: a device clock that is ahead must not expire the token.
  ana = await api.person('Ana', { exp: Math.floor(Date.now() / 1000) + 86_400 });
  group = await createGroup(ana, { timezone: zoneAtNoon() });
  phone = new Phone(api, ana);
});
afterEach(() => {
  phone.close();
  jest.restoreAllMocks();
});

const sessions = (): Promise<Session[]> => bodyOf<Session[]>(ana.get(`/api/sessions?group_id=${group.id}`).expect(200));
const logs = (id: string): Promise<TimeLog[]> => bodyOf<TimeLog[]>(ana.get(`/api/sessions/${id}/logs`).expect(200));

/** Loses the response to the first request with each key, so that each POST arrives twice. */
function loseFirstResponses(): void {
  const tried = new Set<string>();
  phone.fault = ({ key }) => {
    if (key === null || tried.has(key)) return undefined;
    tried.add(key);
    return 'response lost';
  };
}

describe('A phone that loses its network', () => {
  it.each([
    ['is correct', 0],
    ['is five hours slow', -5 * HOUR],
    ['is five hours fast', 5 * HOUR],
  ])('during a session records it once and with the right seconds, when its clock %s', async (_, offset) => {
    shiftDeviceClock(offset);
    const started = Date.now() - 40 * MINUTE;

    let { queue } = phone.open();
    loseFirstResponses();
    const local = await queue.createSession({ group_id: group.id });
    await queue.start(local, started);
    await until(() => queue.pending.length === 0);

    phone.isOnline = false;
    await queue.pause(local, started + 10 * MINUTE);
    await queue.resume(local, started + 13 * MINUTE);
    await queue.stop(local, started + 30 * MINUTE);
    await queue.addLog(local, { startedAt: started + 10 * MINUTE, endedAt: started + 12 * MINUTE });
    await queue.flush();
    // The app is restarted, and the network is back.
    ({ queue } = phone.open());
    phone.isOnline = true;
    await until(() => phone.sent.length === 6);

    const id = queue.serverIdOf(local)!;
    expect(phone.conflicts).toEqual([]);
    expect((await sessions()).map((each) => each.id)).toEqual([id]);
    const ended = await bodyOf<SessionDetail>(ana.get(`/api/sessions/${id}`).expect(200));
    expect(ended.status).toBe('ended');
    expect(Math.abs(Date.parse(ended.started_at!) - (started - offset))).toBeLessThan(1000);
    const lengths = (await logs(id)).map(({ started_at, ended_at }) => Date.parse(ended_at!) - Date.parse(started_at));
    expect(lengths).toEqual([10 * MINUTE, 2 * MINUTE, 17 * MINUTE]);
    expect(ended.participants).toMatchObject([{ user_id: ana.id, seconds_logged: 29 * 60 }]);
  });

  it('before a session is created records it once and with the right seconds, although each POST arrives twice', async () => {
    phone.isOnline = false;
    const { queue, lockin } = phone.open();
    const started = Date.now() - 20 * MINUTE;
    const local = await queue.createSession({ group_id: group.id });
    await queue.start(local, started);
    await queue.stop(local, started + 5 * MINUTE);
    await queue.addLog(local, { startedAt: started + MINUTE, endedAt: started + 4 * MINUTE });
    await queue.flush();
    expect(queue.pending).toHaveLength(4);

    phone.isOnline = true;
    loseFirstResponses();
    await until(() => queue.pending.length === 0);
    expect(phone.operations()).toEqual(['record', 'record', 'logs', 'logs']);
    expect(phone.conflicts).toEqual([]);
    expect(await sessions()).toHaveLength(1);
    expect(await logs(queue.serverIdOf(local)!)).toHaveLength(2);

    const path = { id: group.id };
    const race = await unwrap(lockin.api.GET('/api/groups/{id}/progress/current', { params: { path } }));
    expect(secondsAt(race[0]!, lockin.clock.now())).toBe(300);
  });
});
