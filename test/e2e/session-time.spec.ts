import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { GroupDetail } from '../../src/groups/groups.dto.js';
import type { Participant, Session, SessionDetail, TimeLog } from '../../src/sessions/sessions.dto.js';
import { type Api, type Person, startApi } from '../support/api.js';
import { aClub, aGroup, agoSeconds, aRunningSession, aSession, nobody } from '../support/factories.js';
import { addLog, aSessionIn, joinSession, logsOf, sessionOf, verb } from '../support/sessions.js';
import { atSeconds, hours, later, minutes } from '../support/time.js';

let api: Api;
let ana: Person;
let ben: Person;
let group: GroupDetail;

beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());
beforeEach(async () => {
  ({ ana, ben, group } = await aClub(api));
});

const inSeconds = (seconds: number): string => agoSeconds(-seconds);

describe('Taking part', () => {
  it('is for members of the group, idempotent, and also possible after the end', async () => {
    const id = await aSessionIn('ended', ana, group);
    const { status, headers, body } = await joinSession(ben, id).answer;
    expect({ status, location: headers.get('location') }).toEqual({
      status: 201,
      location: `/api/sessions/${id}/participants/${ben.id}`,
    });
    expect(await joinSession(ben, id).expect(200)).toEqual(body);
    expect(await ben.get(`/api/sessions/${id}/participants`).expect(200)).toMatchObject([
      { user_id: ana.id },
      { user_id: ben.id },
    ]);
    await joinSession(await api.person('Stranger'), id).problem(404, 'not_found');
    const solo = await aSession(ana);
    await joinSession(ben, solo.id).problem(404, 'not_found');
    await ben.get(`/api/sessions/${solo.id}/participants`).problem(404, 'not_found');
  });

  it('ends by leaving, which keeps the logs; the host cannot; nobody for others', async () => {
    const { id } = await aRunningSession(ana, group, 60);
    await joinSession(ben, id).expect(201);
    await later(api, minutes(10));
    const leave = (by: Person, who: string) => by.delete(`/api/sessions/${id}/participants/${who}`);
    await leave(ana, ana.id).problem(409, 'host_cannot_leave');
    await leave(ana, ben.id).problem(403, 'forbidden');
    await leave(ben, ben.id).expect(204);
    await leave(ben, ben.id).expect(204);
    expect((await sessionOf(ana, id)).participants.map(({ user_id }) => user_id)).toEqual([ana.id]);
    const bens = (await logsOf(ana, id)).filter(({ user_id }) => user_id === ben.id);
    expect(bens).toMatchObject([{ ended_at: expect.any(String), manual: false }]);
    const again = await joinSession(ben, id).expect<Participant>(201);
    expect(again).toMatchObject({ running: true });
    expect(again.seconds_logged).toBeGreaterThanOrEqual(600);
  });
});

describe('Time by hand', () => {
  it('lies inside the session’s window, in whole', async () => {
    const { id } = await aRunningSession(ana, group, 600);
    const from = (await sessionOf(ana, id)).started_at ?? '';
    await addLog(ana, id, atSeconds(from, -1), atSeconds(from, 60)).problem(409, 'log_outside_session');
    await addLog(ana, id, atSeconds(from, 60), inSeconds(30)).problem(409, 'log_outside_session');
    await addLog(ana, id, from, atSeconds(from, 60)).expect(201);
    const { ended_at } = await verb(ana, id, 'stop', agoSeconds(60)).expect<SessionDetail>(200);
    await addLog(ana, id, from, atSeconds(ended_at ?? '', 0.001)).problem(409, 'log_outside_session');
    await addLog(ana, id, from, ended_at ?? '').expect(201);
    const scheduled = await aSession(ana, group);
    await addLog(ana, scheduled.id, agoSeconds(60), agoSeconds(1)).problem(409, 'log_outside_session');
  });

  it('ends after it starts, else it is a 400', async () => {
    const { id } = await aRunningSession(ana, group, 600);
    const at = agoSeconds(60);
    for (const end of [at, agoSeconds(61)]) {
      const { errors } = await addLog(ana, id, at, end).problem(400, 'invalid_request');
      expect(errors).toMatchObject([{ pointer: '/ended_at' }]);
    }
    await ana.post(`/api/sessions/${nobody()}/logs`, { started_at: at, ended_at: at }).problem(400, 'invalid_request');
  });

  it('is for participants and members, who join by it; overlaps are legal and count once', async () => {
    const { id } = await aRunningSession(ana, group, 3600);
    await verb(ana, id, 'stop').expect(200);
    const from = (await sessionOf(ana, id)).started_at ?? '';
    const { headers, body } = await addLog(ben, id, from, atSeconds(from, 1200)).answer;
    expect(headers.get('location')).toBe(`/api/sessions/${id}/logs/${(body as TimeLog).id}`);
    expect(body).toMatchObject({ user_id: ben.id, manual: true, session_id: id });
    await addLog(ben, id, atSeconds(from, 600), atSeconds(from, 1800)).expect(201);
    expect((await sessionOf(ana, id)).participants).toMatchObject([
      { user_id: ana.id },
      { user_id: ben.id, seconds_logged: 1800 },
    ]);
    await addLog(await api.person('Stranger'), id, from, atSeconds(from, 1)).problem(404, 'not_found');
  });

  it('is undone by its author; segments of the server stay', async () => {
    const { id } = await aRunningSession(ana, group, 600);
    const mine = await addLog(ben, id, agoSeconds(60), agoSeconds(30)).expect<TimeLog>(201);
    const [segment] = await logsOf(ana, id);
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
    await verb(ana, id, 'pause').expect(200);
    await verb(ana, id, 'resume').expect(200);
    await later(api, LIMIT - 60);
    expect(await sessionOf(ana, id)).toMatchObject({ status: 'running', participants: [{ running: true }] });
    await later(api, 120);
    const session = await sessionOf(ben, id);
    expect(session).toMatchObject({ status: 'ended', participants: [{ running: false, seconds_logged: hours(18) }] });
    const logs = await logsOf(ana, id);
    expect(logs.at(-1)?.ended_at).toBe(session.ended_at);
    expect(Date.parse(session.ended_at ?? '') - Date.parse(logs.at(-1)?.started_at ?? '')).toBe(LIMIT * 1000);
    expect(await ana.get('/api/sessions?status=running').expect(200)).toEqual([]);
    await verb(ana, id, 'pause').problem(409, 'invalid_session_transition');
    await addLog(ana, id, atSeconds(session.ended_at ?? '', -10), atSeconds(session.ended_at ?? '', 1)).problem(
      409,
      'log_outside_session',
    );
    await addLog(ana, id, atSeconds(session.ended_at ?? '', -10), session.ended_at ?? '').expect(201);
  });

  it('has its end moved back by the host’s own first :stop with an earlier time, and never again', async () => {
    const { id } = await aRunningSession(ana, group);
    await joinSession(ben, id).expect(201);
    await later(api, LIMIT + 600);
    const from = (await sessionOf(ana, id)).started_at ?? '';
    const stop = (at?: string) => verb(ana, id, 'stop', at).expect<SessionDetail>(200);
    expect(await stop(atSeconds(from, hours(2)))).toMatchObject({ ended_at: atSeconds(from, hours(2)) });
    expect((await logsOf(ana, id)).map(({ ended_at }) => ended_at)).toEqual(Array(2).fill(atSeconds(from, hours(2))));
    expect(await stop(atSeconds(from, hours(1)))).toMatchObject({ ended_at: atSeconds(from, hours(2)) });
  });

  it('keeps its own end when the first :stop says a later time or none: no `at` reaches beyond', async () => {
    const { id } = await aRunningSession(ana, group);
    await later(api, LIMIT + 600);
    const { ended_at } = await sessionOf(ana, id);
    expect(await verb(ana, id, 'stop').expect(200)).toMatchObject({ ended_at });
    expect(await verb(ana, id, 'stop', atSeconds(ended_at ?? '', -600)).expect(200)).toMatchObject({ ended_at });
  });

  it('does so with its group, and 24 hours after it should have started', async () => {
    const short = await aGroup(ana, { end_at: inSeconds(1800) });
    const running = await aRunningSession(ana, short);
    const scheduled = await aSession(ana, group);
    const planned = await ana.post('/api/sessions', { scheduled_start: inSeconds(3600) }).expect<Session>(201);
    await later(api, 1801);
    const { end_at } = await ana.get(`/api/groups/${short.id}`).expect<GroupDetail>(200);
    expect(await sessionOf(ana, running.id)).toMatchObject({ status: 'ended', ended_at: end_at });
    await later(api, hours(24) - 1800);
    expect(await sessionOf(ana, scheduled.id)).toMatchObject({ status: 'ended', started_at: null });
    expect(await sessionOf(ana, planned.id)).toMatchObject({ status: 'scheduled' });
    await verb(ana, scheduled.id, 'start').problem(409, 'invalid_session_transition');
    await later(api, 3600);
    expect(await sessionOf(ana, planned.id)).toMatchObject({ status: 'ended' });
  });
});
