import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Person, useApi } from '../support/api.js';
import { createGroupOfTwo, agoSeconds, createRunningSession, createSession, inDays } from '../support/factories.js';
import { created, done, refused, type Schema, where } from '../support/sdk.js';
import {
  addLog,
  createSessionIn,
  joinSession,
  logsOf,
  sessionOf,
  type Verb,
  verb,
  VERBS,
} from '../support/sessions.js';
import { atSeconds, hours, advanceTime } from '../support/time.js';

const api = useApi();
let ana: Person;
let ben: Person;
let group: Schema<'GroupDetail'>;

beforeEach(async () => {
  ({ ana, ben, group } = await createGroupOfTwo(api));
});

type State = Schema<'SessionStatus'>;

const spans = (logs: Schema<'TimeLog'>[]) => logs.map(({ started_at, ended_at }) => [started_at, ended_at]);

describe('The states of a session', () => {
  it.each<[State, Verb, State | 'invalid_session_transition']>([
    ['scheduled', 'start', 'running'],
    ['scheduled', 'pause', 'invalid_session_transition'],
    ['scheduled', 'resume', 'invalid_session_transition'],
    ['scheduled', 'stop', 'ended'],
    ['running', 'start', 'running'],
    ['running', 'pause', 'paused'],
    ['running', 'resume', 'running'],
    ['running', 'stop', 'ended'],
    ['paused', 'start', 'invalid_session_transition'],
    ['paused', 'pause', 'paused'],
    ['paused', 'resume', 'running'],
    ['paused', 'stop', 'ended'],
    ['ended', 'start', 'invalid_session_transition'],
    ['ended', 'pause', 'invalid_session_transition'],
    ['ended', 'resume', 'invalid_session_transition'],
    ['ended', 'stop', 'ended'],
  ])('%s, then :%s is %s', async (state, name, answer) => {
    const id = await createSessionIn(state, ana, group);
    const [before, logs] = [await sessionOf(ana, id), await logsOf(ana, id)];
    if (answer === 'invalid_session_transition') await refused(verb(ana, id, name), answer);
    else expect(await done(verb(ana, id, name))).toMatchObject({ id, status: answer });
    const steady = answer === state || answer === 'invalid_session_transition';
    if (steady) {
      expect(spans(await logsOf(ana, id))).toEqual(spans(logs));
      expect(await sessionOf(ana, id)).toMatchObject({
        status: state,
        started_at: before.started_at,
        ended_at: before.ended_at,
      });
    }
    const open = (await logsOf(ana, id)).filter(({ ended_at }) => ended_at === null);
    expect(open).toHaveLength((await sessionOf(ana, id)).status === 'running' ? 1 : 0);
  });

  it('start as scheduled, with the creator as host and a Location', async () => {
    const body = { group_id: group.id, scheduled_start: null };
    const { data, response } = await ana.api.POST('/api/sessions', { body });
    const session = data!;
    expect(response.headers.get('location')).toBe(`/api/sessions/${session.id}`);
    expect(session).toMatchObject({ status: 'scheduled', creator_id: ana.id, started_at: null, ended_at: null });
    expect(session.participants).toMatchObject([{ user_id: ana.id, role: 'host', running: false, seconds_logged: 0 }]);
  });

  it('a session that was never started ends without a start and without logs', async () => {
    const { id } = await createSession(ana);
    await done(verb(ana, id, 'stop'));
    expect(await sessionOf(ana, id)).toMatchObject({ status: 'ended', started_at: null, ended_at: expect.any(String) });
    expect(await logsOf(ana, id)).toEqual([]);
  });

  it('are changed by the host only', async () => {
    const id = await createSessionIn('running', ana, group);
    for (const name of VERBS) await refused(verb(ben, id, name), 'forbidden');
    const stranger = await api.person('Stranger');
    for (const name of VERBS) await refused(verb(stranger, id, name), 'not_found');
  });

  it('a verb accepts an empty body with content type application/json', async () => {
    const { id } = await createSession(ana);
    const headers = { 'content-type': 'application/json' };
    await ana.send({ method: 'POST', path: `/api/sessions/${id}:start`, body: '', headers }).expect(200);
    await ana.send({ method: 'POST', path: `/api/sessions/${id}:pause`, headers }).expect(200);
    await done(verb(ana, id, 'resume', null));
  });
});

describe('The time of a verb', () => {
  it('up to 60 s in the future is taken as now', async () => {
    const { id } = await createSession(ana);
    const { started_at } = await done(verb(ana, id, 'start', inSeconds(55)));
    expect(Date.parse(started_at ?? '')).toBeLessThanOrEqual(Date.now());
  });

  it.each([
    ['beyond 60 s in the future', () => inSeconds(65)],
    ['more than 7 days back', () => agoSeconds(hours(7 * 24) + 5)],
  ])('%s is at_out_of_range', async (_, at) => {
    const { id } = await createSession(ana);
    for (const name of VERBS) {
      const { errors } = await refused(verb(ana, id, name, at()), 'at_out_of_range');
      expect(errors).toMatchObject([{ pointer: '/at' }]);
    }
  });

  it('may precede the session’s creation for :start, up to 7 days', async () => {
    const { id } = await createSession(ana);
    const at = agoSeconds(hours(6));
    expect(await done(verb(ana, id, 'start', at))).toMatchObject({ started_at: at, status: 'running' });
    expect(spans(await logsOf(ana, id))).toEqual([[at, null]]);
  });

  it('before the session’s previous verb is at_before_transition', async () => {
    const { id } = await createRunningSession(ana, group, 600);
    const { started_at } = await sessionOf(ana, id);
    await refused(verb(ana, id, 'pause', atSeconds(started_at ?? '', -1)), 'at_before_transition');
    await refused(verb(ana, id, 'stop', atSeconds(started_at ?? '', -1)), 'at_before_transition');
    await done(verb(ana, id, 'pause', atSeconds(started_at ?? '', 300)));
    await refused(verb(ana, id, 'resume', atSeconds(started_at ?? '', 299)), 'at_before_transition');
    await done(verb(ana, id, 'resume', atSeconds(started_at ?? '', 400)));
    await done(verb(ana, id, 'stop', atSeconds(started_at ?? '', 500)));
    expect(spans(await logsOf(ana, id))).toEqual([
      [started_at, atSeconds(started_at ?? '', 300)],
      [atSeconds(started_at ?? '', 400), atSeconds(started_at ?? '', 500)],
    ]);
  });

  it('opens segments at the later of it and the person’s joining, and drops one that would close before it began', async () => {
    const { id } = await createRunningSession(ana, group, 600);
    const { joined_at } = await created(joinSession(ben, id));
    const from = (await sessionOf(ana, id)).started_at ?? '';
    await done(verb(ana, id, 'pause', atSeconds(from, 300)));
    expect((await logsOf(ana, id)).map(({ user_id }) => user_id)).toEqual([ana.id]);
    await done(verb(ana, id, 'resume', atSeconds(from, 310)));
    const bens = (await logsOf(ana, id)).filter(({ user_id }) => user_id === ben.id);
    expect(spans(bens)).toEqual([[joined_at, null]]);
  });

  it('of a repeated :stop has no effect', async () => {
    const { id } = await createRunningSession(ana, group, 600);
    const ended = await done(verb(ana, id, 'stop', agoSeconds(60)));
    for (const at of [undefined, agoSeconds(300), agoSeconds(0), agoSeconds(hours(24 * 30)), inSeconds(3600)]) {
      expect(await done(verb(ana, id, 'stop', at))).toEqual(ended);
    }
  });

  it('never changes a closed log: after a late :stop the session ends with the last log', async () => {
    const { id } = await createRunningSession(ana, group, 600);
    const to = agoSeconds(30);
    await created(addLog(ben, id, agoSeconds(90), to));
    expect(await done(verb(ana, id, 'stop', agoSeconds(300)))).toMatchObject({ ended_at: to, status: 'ended' });
    expect((await logsOf(ana, id)).map(({ ended_at }) => ended_at)).toContain(to);
  });
});

const inSeconds = (seconds: number): string => agoSeconds(-seconds);

describe('One running session per host', () => {
  it('a second :start or :resume is already_running, with that session’s id', async () => {
    const paused = await createSessionIn('paused', ana, group);
    const running = await createRunningSession(ana);
    const waiting = await createSession(ana, group);
    expect(await refused(verb(ana, waiting.id, 'start'), 'already_running')).toMatchObject({
      session_id: running.id,
    });
    expect(await refused(verb(ana, paused, 'resume'), 'already_running')).toMatchObject({ session_id: running.id });
    await done(verb(ana, running.id, 'pause'));
    await done(verb(ana, waiting.id, 'start'));
  });

  it('sessions that ended by themselves and sessions of other hosts do not count', async () => {
    const forgotten = await createRunningSession(ana);
    await advanceTime(api, hours(12));
    const { id } = await createRunningSession(ana, group);
    await created(joinSession(ben, id));
    await createRunningSession(ben, group);
    expect(await sessionOf(ana, forgotten.id)).toMatchObject({ status: 'ended' });
  });

  it('is found again by ?status=running', async () => {
    const { id } = await createRunningSession(ana, group);
    expect(await done(ana.api.GET('/api/sessions', where({ status: 'running' })))).toMatchObject([{ id }]);
    expect(await done(ben.api.GET('/api/sessions', where({ status: 'running' })))).toEqual([]);
    expect(await done(ben.api.GET('/api/sessions', where({ status: 'running', group_id: group.id })))).toMatchObject([
      { id },
    ]);
  });

  it('at most 20 scheduled ones a host', async () => {
    const dora = await api.person('Dora');
    const made = await Promise.all(Array.from({ length: 20 }, () => createSession(dora)));
    await refused(dora.api.POST('/api/sessions', { body: {} }), 'too_many_scheduled_sessions');
    await done(verb(dora, made[0]?.id ?? '', 'start'));
    await createSession(dora);
    await refused(
      dora.api.POST('/api/sessions', { body: { scheduled_start: inDays(1) } }),
      'too_many_scheduled_sessions',
    );
  });

  it('scheduled_start must not lie in the past, except for clock skew', async () => {
    await created(ana.api.POST('/api/sessions', { body: { scheduled_start: agoSeconds(30) } }));
    const tooEarly = ana.api.POST('/api/sessions', { body: { scheduled_start: agoSeconds(90) } });
    const { errors } = await refused(tooEarly, 'invalid_request');
    expect(errors).toMatchObject([{ pointer: '/scheduled_start' }]);
  });
});
