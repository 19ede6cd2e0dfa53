import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { GroupDetail } from '../../src/groups/groups.dto.js';
import type { Participant, Session, SessionDetail, TimeLog } from '../../src/sessions/sessions.dto.js';
import { type Api, type Person, startApi } from '../support/api.js';
import { aGroup, agoSeconds, aRunningSession, aSession, joins, nobody, people } from '../support/factories.js';
import { atSeconds, hours, later, minutes } from '../support/time.js';

let api: Api;
let ana: Person;
let ben: Person;
let group: GroupDetail;

beforeAll(async () => {
  api = await startApi();
  [ana, ben] = await people(api, 'Ana', 'Ben');
  group = await aGroup(ana);
  await joins(ana, group, ben);
});
afterAll(() => api.stop());

/** A person hosts one running session at most, so each test leaves none behind. */
afterEach(async () => {
  for (const person of [ana, ben]) {
    for (const status of ['running', 'scheduled']) {
      const open = await person.get(`/api/sessions?status=${status}&limit=100`).expect<Session[]>(200);
      for (const { id, creator_id } of open)
        if (creator_id === person.id) await verb(id, 'stop', undefined, person).expect(200);
    }
  }
});

const verb = (id: string, name: string, at?: string | null, by = ana) =>
  by.post(`/api/sessions/${id}:${name}`, at === undefined ? undefined : { at });
const get = (id: string, by = ana) => by.get(`/api/sessions/${id}`).expect<SessionDetail>(200);
const logsOf = (id: string, by = ana) => by.get(`/api/sessions/${id}/logs`).expect<TimeLog[]>(200);
const join = (id: string, by = ben) => by.post(`/api/sessions/${id}/participants`);
const log = (id: string, started_at: string, ended_at: string, by = ana) =>
  by.post(`/api/sessions/${id}/logs`, { started_at, ended_at });

/** A session that was brought into a state a minute ago. */
async function inState(state: string): Promise<string> {
  const { id } = await aSession(ana, group);
  if (state === 'scheduled') return id;
  await verb(id, 'start', agoSeconds(120)).expect(200);
  if (state === 'paused') await verb(id, 'pause', agoSeconds(60)).expect(200);
  if (state === 'ended') await verb(id, 'stop', agoSeconds(60)).expect(200);
  return id;
}

const inSeconds = (seconds: number): string => agoSeconds(-seconds);

describe('Taking part', () => {
  it('is for members of the group, idempotent, and also possible after the end', async () => {
    const id = await inState('ended');
    const { status, headers, body } = await join(id).answer;
    expect({ status, location: headers.get('location') }).toEqual({
      status: 201,
      location: `/api/sessions/${id}/participants/${ben.id}`,
    });
    expect(await join(id).expect(200)).toEqual(body);
    expect(await ben.get(`/api/sessions/${id}/participants`).expect(200)).toMatchObject([
      { user_id: ana.id },
      { user_id: ben.id },
    ]);
    await join(id, await api.person('Stranger')).problem(404, 'not_found');
    const solo = await aSession(ana);
    await join(solo.id).problem(404, 'not_found');
    await ben.get(`/api/sessions/${solo.id}/participants`).problem(404, 'not_found');
  });

  it('ends by leaving, which keeps the logs; the host cannot; nobody for others', async () => {
    const { id } = await aRunningSession(ana, group, 60);
    await join(id).expect(201);
    await later(api, minutes(10));
    const leave = (by: Person, who: string) => by.delete(`/api/sessions/${id}/participants/${who}`);
    await leave(ana, ana.id).problem(409, 'host_cannot_leave');
    await leave(ana, ben.id).problem(403, 'forbidden');
    await leave(ben, ben.id).expect(204);
    await leave(ben, ben.id).expect(204);
    expect((await get(id)).participants.map(({ user_id }) => user_id)).toEqual([ana.id]);
    const bens = (await logsOf(id)).filter(({ user_id }) => user_id === ben.id);
    expect(bens).toMatchObject([{ ended_at: expect.any(String), manual: false }]);
    const again = await join(id).expect<Participant>(201);
    expect(again).toMatchObject({ running: true });
    expect(again.seconds_logged).toBeGreaterThanOrEqual(600);
  });
});

describe('Time by hand', () => {
  it('lies inside the session’s window, in whole', async () => {
    const { id } = await aRunningSession(ana, group, 600);
    const from = (await get(id)).started_at ?? '';
    await log(id, atSeconds(from, -1), atSeconds(from, 60)).problem(409, 'log_outside_session');
    await log(id, atSeconds(from, 60), inSeconds(30)).problem(409, 'log_outside_session');
    await log(id, from, atSeconds(from, 60)).expect(201);
    const { ended_at } = await verb(id, 'stop', agoSeconds(60)).expect<SessionDetail>(200);
    await log(id, from, atSeconds(ended_at ?? '', 0.001)).problem(409, 'log_outside_session');
    await log(id, from, ended_at ?? '').expect(201);
    const scheduled = await aSession(ana, group);
    await log(scheduled.id, agoSeconds(60), agoSeconds(1)).problem(409, 'log_outside_session');
  });

  it('ends after it starts, else it is a 400', async () => {
    const { id } = await aRunningSession(ana, group, 600);
    const at = agoSeconds(60);
    for (const end of [at, agoSeconds(61)]) {
      const { errors } = await log(id, at, end).problem(400, 'invalid_request');
      expect(errors).toMatchObject([{ pointer: '/ended_at' }]);
    }
    await ana.post(`/api/sessions/${nobody()}/logs`, { started_at: at, ended_at: at }).problem(400, 'invalid_request');
  });

  it('is for participants and members, who join by it; overlaps are legal and count once', async () => {
    const { id } = await aRunningSession(ana, group, 3600);
    await verb(id, 'stop').expect(200);
    const from = (await get(id)).started_at ?? '';
    const { headers, body } = await log(id, from, atSeconds(from, 1200), ben).answer;
    expect(headers.get('location')).toBe(`/api/sessions/${id}/logs/${(body as TimeLog).id}`);
    expect(body).toMatchObject({ user_id: ben.id, manual: true, session_id: id });
    await log(id, atSeconds(from, 600), atSeconds(from, 1800), ben).expect(201);
    expect((await get(id)).participants).toMatchObject([
      { user_id: ana.id },
      { user_id: ben.id, seconds_logged: 1800 },
    ]);
    await log(id, from, atSeconds(from, 1), await api.person('Stranger')).problem(404, 'not_found');
  });

  it('is undone by its author; segments of the server stay', async () => {
    const { id } = await aRunningSession(ana, group, 600);
    const mine = await log(id, agoSeconds(60), agoSeconds(30), ben).expect<TimeLog>(201);
    const [segment] = await logsOf(id);
    const undo = (by: Person, logId: string) => by.delete(`/api/sessions/${id}/logs/${logId}`);
    await undo(ana, mine.id).problem(403, 'forbidden');
    await undo(ana, segment?.id ?? '').problem(403, 'forbidden');
    await undo(ana, nobody()).problem(404, 'not_found');
    await undo(ben, mine.id).expect(204);
    await undo(ben, mine.id).problem(404, 'not_found');
    const elsewhere = await aSession(ana, group);
    await ben.delete(`/api/sessions/${elsewhere.id}/logs/${segment?.id}`).problem(404, 'not_found');
  });
});

describe('A session that ends by itself', () => {
  const LIMIT = hours(12);

  it('does so 12 hours after its last :start or :resume, for every reader and rule at once', async () => {
    const { id } = await aRunningSession(ana, group);
    await later(api, hours(6));
    await verb(id, 'pause').expect(200);
    await verb(id, 'resume').expect(200);
    await later(api, LIMIT - 60);
    expect(await get(id)).toMatchObject({ status: 'running', participants: [{ running: true }] });
    await later(api, 120);
    const session = await get(id, ben);
    expect(session).toMatchObject({ status: 'ended', participants: [{ running: false, seconds_logged: hours(18) }] });
    const logs = await logsOf(id);
    expect(logs.at(-1)?.ended_at).toBe(session.ended_at);
    expect(Date.parse(session.ended_at ?? '') - Date.parse(logs.at(-1)?.started_at ?? '')).toBe(LIMIT * 1000);
    expect(await ana.get('/api/sessions?status=running').expect(200)).toEqual([]);
    await verb(id, 'pause').problem(409, 'invalid_session_transition');
    await log(id, atSeconds(session.ended_at ?? '', -10), atSeconds(session.ended_at ?? '', 1)).problem(
      409,
      'log_outside_session',
    );
    await log(id, atSeconds(session.ended_at ?? '', -10), session.ended_at ?? '').expect(201);
  });

  it('has its end moved back by the host’s own first :stop with an earlier time, and never again', async () => {
    const { id } = await aRunningSession(ana, group);
    await join(id).expect(201);
    await later(api, LIMIT + 600);
    const from = (await get(id)).started_at ?? '';
    const stop = (at?: string) => verb(id, 'stop', at).expect<SessionDetail>(200);
    expect(await stop(atSeconds(from, hours(2)))).toMatchObject({ ended_at: atSeconds(from, hours(2)) });
    expect((await logsOf(id)).map(({ ended_at }) => ended_at)).toEqual(Array(2).fill(atSeconds(from, hours(2))));
    expect(await stop(atSeconds(from, hours(1)))).toMatchObject({ ended_at: atSeconds(from, hours(2)) });
  });

  it('keeps its own end when the first :stop says a later time or none: no `at` reaches beyond', async () => {
    const { id } = await aRunningSession(ana, group);
    await later(api, LIMIT + 600);
    const { ended_at } = await get(id);
    expect(await verb(id, 'stop').expect(200)).toMatchObject({ ended_at });
    expect(await verb(id, 'stop', atSeconds(ended_at ?? '', -600)).expect(200)).toMatchObject({ ended_at });
  });

  it('does so with its group, and 24 hours after it should have started', async () => {
    const short = await aGroup(ana, { end_at: inSeconds(1800) });
    const running = await aRunningSession(ana, short);
    const scheduled = await aSession(ana, group);
    const planned = await ana.post('/api/sessions', { scheduled_start: inSeconds(3600) }).expect<Session>(201);
    await later(api, 1801);
    const { end_at } = await ana.get(`/api/groups/${short.id}`).expect<GroupDetail>(200);
    expect(await get(running.id)).toMatchObject({ status: 'ended', ended_at: end_at });
    await later(api, hours(24) - 1800);
    expect(await get(scheduled.id)).toMatchObject({ status: 'ended', started_at: null });
    expect(await get(planned.id)).toMatchObject({ status: 'scheduled' });
    await verb(scheduled.id, 'start').problem(409, 'invalid_session_transition');
    await later(api, 3600);
    expect(await get(planned.id)).toMatchObject({ status: 'ended' });
  });
});
