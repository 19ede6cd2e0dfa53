import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Person, useApi } from '../support/api.js';
import {
  createGroupOfTwo,
  createGroup,
  agoSeconds,
  createRunningSession,
  createSession,
  nobody,
} from '../support/factories.js';
import { created, done, on, onMember, refused, type Schema, where } from '../support/sdk.js';
import { addLog, createSessionIn, joinSession, logsOf, sessionOf, verb } from '../support/sessions.js';
import { atSeconds, hours, advanceTime, minutes } from '../support/time.js';

const api = useApi();
let ana: Person;
let ben: Person;
let group: Schema<'GroupDetail'>;

beforeEach(async () => {
  ({ ana, ben, group } = await createGroupOfTwo(api));
});

const inSeconds = (seconds: number): string => agoSeconds(-seconds);

describe('Participation', () => {
  it('is allowed for members of the group, idempotent, and possible after the end', async () => {
    const id = await createSessionIn('ended', ana, group);
    const { data, response } = await joinSession(ben, id);
    expect([response.status, response.headers.get('location')]).toEqual([
      201,
      `/api/sessions/${id}/participants/${ben.id}`,
    ]);
    expect(await done(joinSession(ben, id))).toEqual(data);
    expect(await done(ben.api.GET('/api/sessions/{id}/participants', on({ id })))).toMatchObject([
      { user_id: ana.id },
      { user_id: ben.id },
    ]);
    await refused(joinSession(await api.person('Stranger'), id), 'not_found');
    const solo = await createSession(ana);
    await refused(joinSession(ben, solo.id), 'not_found');
    await refused(ben.api.GET('/api/sessions/{id}/participants', on(solo)), 'not_found');
  });

  it('ends by leaving, which keeps the logs; not for the host, and not by others', async () => {
    const { id } = await createRunningSession(ana, group, 60);
    await created(joinSession(ben, id));
    await advanceTime(api, minutes(10));
    const leave = (by: Person, who: Person) =>
      by.api.DELETE('/api/sessions/{id}/participants/{userId}', onMember({ id }, who));
    await refused(leave(ana, ana), 'host_cannot_leave');
    await refused(leave(ana, ben), 'forbidden');
    await done(leave(ben, ben));
    await done(leave(ben, ben));
    expect((await sessionOf(ana, id)).participants.map(({ user_id }) => user_id)).toEqual([ana.id]);
    const bens = (await logsOf(ana, id)).filter(({ user_id }) => user_id === ben.id);
    expect(bens).toMatchObject([{ ended_at: expect.any(String), manual: false }]);
    const again = await created(joinSession(ben, id));
    expect(again).toMatchObject({ running: true });
    expect(again.seconds_logged).toBeGreaterThanOrEqual(600);
  });
});

describe('A manual log', () => {
  it('lies entirely inside the session’s window', async () => {
    const { id } = await createRunningSession(ana, group, 600);
    const from = (await sessionOf(ana, id)).started_at ?? '';
    await refused(addLog(ana, id, atSeconds(from, -1), atSeconds(from, 60)), 'log_outside_session');
    await refused(addLog(ana, id, atSeconds(from, 60), inSeconds(30)), 'log_outside_session');
    await created(addLog(ana, id, from, atSeconds(from, 60)));
    const { ended_at } = await done(verb(ana, id, 'stop', agoSeconds(60)));
    await refused(addLog(ana, id, from, atSeconds(ended_at ?? '', 0.001)), 'log_outside_session');
    await created(addLog(ana, id, from, ended_at ?? ''));
    const scheduled = await createSession(ana, group);
    await refused(addLog(ana, scheduled.id, agoSeconds(60), agoSeconds(1)), 'log_outside_session');
  });

  it('must end after its start', async () => {
    const { id } = await createRunningSession(ana, group, 600);
    const at = agoSeconds(60);
    for (const end of [at, agoSeconds(61)]) {
      const { errors } = await refused(addLog(ana, id, at, end), 'invalid_request');
      expect(errors).toMatchObject([{ pointer: '/ended_at' }]);
    }
    await refused(addLog(ana, nobody(), at, at), 'invalid_request');
  });

  it('is allowed for participants and members, who join by it; overlaps count once', async () => {
    const { id } = await createRunningSession(ana, group, 3600);
    await done(verb(ana, id, 'stop'));
    const from = (await sessionOf(ana, id)).started_at ?? '';
    const { data, response } = await addLog(ben, id, from, atSeconds(from, 1200));
    expect(response.headers.get('location')).toBe(`/api/sessions/${id}/logs/${data!.id}`);
    expect(data).toMatchObject({ user_id: ben.id, manual: true, session_id: id });
    await created(addLog(ben, id, atSeconds(from, 600), atSeconds(from, 1800)));
    expect((await sessionOf(ana, id)).participants).toMatchObject([
      { user_id: ana.id },
      { user_id: ben.id, seconds_logged: 1800 },
    ]);
    await refused(addLog(await api.person('Stranger'), id, from, atSeconds(from, 1)), 'not_found');
  });

  it('can be deleted by its author; server segments cannot', async () => {
    const { id } = await createRunningSession(ana, group, 600);
    const mine = await created(addLog(ben, id, agoSeconds(60), agoSeconds(30)));
    const [segment] = await logsOf(ana, id);
    const undo = (by: Person, logId: string, of = id) =>
      by.api.DELETE('/api/sessions/{id}/logs/{logId}', on({ id: of, logId }));
    await refused(undo(ana, mine.id), 'forbidden');
    await refused(undo(ana, segment!.id), 'forbidden');
    await refused(undo(ana, nobody()), 'not_found');
    await done(undo(ben, mine.id));
    await refused(undo(ben, mine.id), 'not_found');
    const elsewhere = await createSession(ana, group);
    await refused(undo(ben, segment!.id, elsewhere.id), 'not_found');
  });
});

describe('A session that ends by itself', () => {
  const LIMIT = hours(12);

  it('ends 12 hours after its last :start or :resume, for every reader and rule at once', async () => {
    const { id } = await createRunningSession(ana, group);
    await advanceTime(api, hours(6));
    await done(verb(ana, id, 'pause'));
    await done(verb(ana, id, 'resume'));
    await advanceTime(api, LIMIT - 60);
    expect(await sessionOf(ana, id)).toMatchObject({ status: 'running', participants: [{ running: true }] });
    await advanceTime(api, 120);
    const session = await sessionOf(ben, id);
    expect(session).toMatchObject({ status: 'ended', participants: [{ running: false, seconds_logged: hours(18) }] });
    const logs = await logsOf(ana, id);
    expect(logs.at(-1)?.ended_at).toBe(session.ended_at);
    expect(Date.parse(session.ended_at ?? '') - Date.parse(logs.at(-1)?.started_at ?? '')).toBe(LIMIT * 1000);
    expect(await done(ana.api.GET('/api/sessions', where({ status: 'running' })))).toEqual([]);
    await refused(verb(ana, id, 'pause'), 'invalid_session_transition');
    await refused(
      addLog(ana, id, atSeconds(session.ended_at ?? '', -10), atSeconds(session.ended_at ?? '', 1)),
      'log_outside_session',
    );
    await created(addLog(ana, id, atSeconds(session.ended_at ?? '', -10), session.ended_at ?? ''));
  });

  it('ends earlier by the host’s first :stop with an earlier time, once', async () => {
    const { id } = await createRunningSession(ana, group);
    await created(joinSession(ben, id));
    await advanceTime(api, LIMIT + 600);
    const from = (await sessionOf(ana, id)).started_at ?? '';
    const stop = (at?: string) => done(verb(ana, id, 'stop', at));
    expect(await stop(atSeconds(from, hours(2)))).toMatchObject({ ended_at: atSeconds(from, hours(2)) });
    expect((await logsOf(ana, id)).map(({ ended_at }) => ended_at)).toEqual(Array(2).fill(atSeconds(from, hours(2))));
    expect(await stop(atSeconds(from, hours(1)))).toMatchObject({ ended_at: atSeconds(from, hours(2)) });
  });

  it('keeps its end for a first :stop with a later time or none', async () => {
    const { id } = await createRunningSession(ana, group);
    await advanceTime(api, LIMIT + 600);
    const { ended_at } = await sessionOf(ana, id);
    expect(await done(verb(ana, id, 'stop'))).toMatchObject({ ended_at });
    expect(await done(verb(ana, id, 'stop', atSeconds(ended_at ?? '', -600)))).toMatchObject({ ended_at });
  });

  it('ends with its group, and 24 hours after its scheduled start', async () => {
    const short = await createGroup(ana, { end_at: inSeconds(1800) });
    const running = await createRunningSession(ana, short);
    const scheduled = await createSession(ana, group);
    const planned = await created(ana.api.POST('/api/sessions', { body: { scheduled_start: inSeconds(3600) } }));
    await advanceTime(api, 1801);
    const { end_at } = await done(ana.api.GET('/api/groups/{id}', on(short)));
    expect(await sessionOf(ana, running.id)).toMatchObject({ status: 'ended', ended_at: end_at });
    await advanceTime(api, hours(24) - 1800);
    expect(await sessionOf(ana, scheduled.id)).toMatchObject({ status: 'ended', started_at: null });
    expect(await sessionOf(ana, planned.id)).toMatchObject({ status: 'scheduled' });
    await refused(verb(ana, scheduled.id, 'start'), 'invalid_session_transition');
    await advanceTime(api, 3600);
    expect(await sessionOf(ana, planned.id)).toMatchObject({ status: 'ended' });
  });
});
