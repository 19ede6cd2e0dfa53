import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createOfflineQueue, type LockIn, type OfflineQueue } from '@lockin/sdk';
import { setTimeout as after } from 'node:timers/promises';
import type { SessionDetail, TimeLog } from '../../src/sessions/sessions.dto.js';
import { type Api, type Person, startApi } from '../support/api.js';
import { bodyOf } from '../support/request.js';
import { aGroup, aRunningSession, aSession, nobody } from '../support/factories.js';
import { Phone, refusal, type Sent } from './support/phone.js';
import { until } from './support/until.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let api: Api;
let ana: Person;
let phone: Phone;
let lockin: LockIn;
let queue: OfflineQueue;

beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());
beforeEach(async () => {
  // The API runs in this process, and would see the token expire by the device's clock.
  ana = await api.person('Ana', { exp: Math.floor(Date.now() / 1000) + 86_400 });
  phone = new Phone(api, ana);
  ({ lockin, queue } = phone.open());
});
afterEach(() => {
  phone.close();
  jest.restoreAllMocks();
});

const emptied = (): Promise<void> => until(() => queue.pending.length === 0);
const session = (id: string): Promise<SessionDetail> =>
  bodyOf<SessionDetail>(ana.get(`/api/sessions/${id}`).expect(200));
const logs = (id: string): Promise<TimeLog[]> => bodyOf<TimeLog[]>(ana.get(`/api/sessions/${id}/logs`).expect(200));
const conflicts = (): unknown[] => phone.told.conflicts.map(({ entry, problem }) => [entry.kind, problem.code]);
const is =
  (...whats: string[]) =>
  ({ what }: Sent): boolean =>
    whats.includes(what);

describe('What is done', () => {
  it('online is sent at once', async () => {
    const local = await queue.createSession();
    await queue.start(local);
    await queue.stop(local);
    await emptied();
    const id = queue.idOf(local)!;
    expect(await session(id)).toMatchObject({ status: 'ended', creator_id: ana.id });
    expect(phone.whats()).toEqual(['create', ':start', ':stop']);
    expect(phone.told.sent.map(({ entry, answer }) => [entry.kind, answer.id])).toEqual([
      ['createSession', id],
      ['start', id],
      ['stop', id],
    ]);
  });

  it('offline waits, and is sent with the time when it was done as soon as there is a network', async () => {
    phone.isOnline = false;
    const [started, stopped] = [Date.now() - 50 * MINUTE, Date.now() - 20 * MINUTE];
    const local = await queue.createSession();
    await queue.start(local, started);
    await queue.pause(local, started + 10 * MINUTE);
    await queue.resume(local, new Date(started + 15 * MINUTE));
    await queue.stop(local, stopped);
    await queue.flush();
    expect(queue.pending.map(({ kind }) => kind)).toEqual(['createSession', 'start', 'pause', 'resume', 'stop']);

    phone.isOnline = true;
    await emptied();
    const ended = await session(queue.idOf(local)!);
    expect(ended.participants[0]!.seconds_logged).toBe(25 * 60);
    expect(Math.abs(Date.parse(ended.ended_at!) - stopped)).toBeLessThan(1000);
  });

  it('in one session is sent in order, one after the other, whatever fails on the way', async () => {
    let failures = 0;
    phone.mishap = ({ what }) => (what !== 'create' && failures++ % 2 === 0 ? 'answer lost' : undefined);
    const local = await queue.createSession();
    await Promise.all([queue.start(local), queue.pause(local), queue.resume(local), queue.stop(local)]);
    await emptied();
    expect(phone.whats(queue.idOf(local))).toEqual([
      ...[':start', ':start', ':pause', ':pause'],
      ...[':resume', ':resume', ':stop', ':stop'],
    ]);
    expect(conflicts()).toEqual([]);
  });

  it('in one session does not wait for another that is not answered', async () => {
    let goOn = (): void => undefined;
    const hanging = new Promise<void>((resolve) => (goOn = resolve));
    const running = await aRunningSession(ana);
    phone.mishap = (sent) => (is('create')(sent) ? hanging : undefined);
    await queue.createSession();
    await queue.pause(running.id);
    await until(() => queue.pending.length === 1);
    expect(await session(running.id)).toMatchObject({ status: 'paused' });
    goOn();
    await emptied();
  });

  it('in one session goes on while another one fails', async () => {
    const [bad, good] = [await aSession(ana), await aSession(ana)];
    phone.mishap = (sent) => (sent.session === bad.id ? refusal(500, 'internal_error') : undefined);
    await queue.start(bad.id);
    await queue.start(good.id);
    await queue.stop(good.id);
    await until(() => queue.pending.length === 1);
    expect(await session(good.id)).toMatchObject({ status: 'ended' });
    phone.mishap = () => undefined;
    await emptied();
    expect(await session(bad.id)).toMatchObject({ status: 'running' });
  });

  it('by hand is logged, also when it ends this very moment', async () => {
    // At the beginning of a second, `Date` puts the server's clock half a second ahead.
    await after(1000 - (Date.now() % 1000));
    const running = await aRunningSession(ana, undefined, 3600);
    const now = Date.now();
    await queue.addLog(running.id, { startedAt: now - 25 * MINUTE, endedAt: new Date(now) });
    await emptied();
    expect(conflicts()).toEqual([]);
    const [log] = (await logs(running.id)).filter(({ manual }) => manual);
    expect(Date.parse(log!.ended_at!) - Date.parse(log!.started_at)).toBe(25 * MINUTE);
  });
});

describe('Two sessions, one after the other, offline', () => {
  it('do not run at once when they are sent: the second waits for the stop of the first', async () => {
    phone.isOnline = false;
    const ago = (minutes: number): number => Date.now() - minutes * MINUTE;
    const [first, second] = [await queue.createSession(), await queue.createSession()];
    await queue.start(first, ago(50));
    await queue.stop(first, ago(40));
    await queue.start(second, ago(30));
    await queue.stop(second, ago(10));
    phone.isOnline = true;
    await queue.flush();
    expect(conflicts()).toEqual([]);
    for (const [local, seconds] of [[first, 600] as const, [second, 1200] as const])
      expect((await session(queue.idOf(local)!)).participants[0]!.seconds_logged).toBe(seconds);
  });

  it('are no conflict while the stop of the first cannot be sent', async () => {
    const [first, second] = [await aRunningSession(ana), await aSession(ana)];
    phone.mishap = (sent) => (is(':stop')(sent) ? refusal(503, 'unavailable') : undefined);
    await queue.stop(first.id);
    await queue.start(second.id);
    await until(() => phone.sent.some(({ status }) => status === 409));
    phone.mishap = () => undefined;
    await emptied();
    expect(conflicts()).toEqual([]);
    expect(await session(second.id)).toMatchObject({ status: 'running' });
  });
});

describe('A time', () => {
  it.each([
    ['fast', 5 * HOUR],
    ['slow', -5 * HOUR],
  ])("is the server's, on a device whose clock is hours %s", async (_, off) => {
    const started = Date.now() - 30 * MINUTE;
    const now = Date.now;
    jest.spyOn(Date, 'now').mockImplementation(() => now() + off);
    const local = await queue.createSession();
    await queue.start(local, started + off);
    await queue.stop(local, started + off + 20 * MINUTE);
    await emptied();
    const { started_at, participants } = await session(queue.idOf(local)!);
    expect(Math.abs(Date.parse(started_at!) - started)).toBeLessThan(1000);
    expect(participants[0]!.seconds_logged).toBe(20 * 60);
  });

  it('is as far from the others of its session as the device measured, however the clock becomes known better', async () => {
    const { id } = await aSession(ana);
    const started = Date.now() - 30 * MINUTE;
    await queue.start(id, started);
    await emptied();
    for (let more = 0; more < 8; more++) await Promise.all([lockin.api.GET('/api/me'), after(110)]);
    await queue.pause(id, started + 50);
    await emptied();
    const [start, pause] = phone.sent.map(({ body }) => Date.parse(body['at']!));
    expect(pause! - start!).toBe(50);
  });

  it('that follows at once on what another device did does not seem to come before it', async () => {
    // Late in a second, `Date` puts the server's clock half a second behind.
    await after(1900 - (Date.now() % 1000));
    const { id } = await aRunningSession(ana);
    await queue.pause(id);
    await queue.resume(id);
    await queue.stop(id);
    await emptied();
    expect(conflicts()).toEqual([]);
    expect(await session(id)).toMatchObject({ status: 'ended' });
  });

  it('that really came before it is a conflict', async () => {
    const { id } = await aRunningSession(ana, undefined, 60);
    await queue.pause(id, Date.now() - 5 * MINUTE);
    await emptied();
    expect(conflicts()).toEqual([['pause', 'at_before_transition']]);
  });

  it('is shifted anew when somebody has set the clock of the device meanwhile', async () => {
    const { id } = await aSession(ana);
    await queue.start(id);
    await emptied();
    const now = Date.now;
    jest.spyOn(Date, 'now').mockImplementation(() => now() - 2 * HOUR);
    await lockin.api.GET('/api/me');
    await queue.stop(id);
    await emptied();
    expect(conflicts()).toEqual([]);
    expect(Math.abs(Date.parse((await session(id)).ended_at!) - now())).toBeLessThan(2000);
  });
});

describe('When the app is closed', () => {
  it('what was not sent is kept, and sent when it is opened again', async () => {
    phone.isOnline = false;
    const local = await queue.createSession();
    await queue.start(local, Date.now() - 10 * MINUTE);
    phone.close();
    phone.isOnline = true;
    await after(600);
    expect(phone.sent.every(({ status }) => status === undefined)).toBe(true);

    ({ queue } = phone.open());
    await queue.stop(local, Date.now() - 5 * MINUTE);
    await emptied();
    expect(await session(queue.idOf(local)!)).toMatchObject({
      status: 'ended',
      participants: [{ seconds_logged: 300 }],
    });
  });

  it('what may have been sent is sent again as the same: same key, same times', async () => {
    const running = await aRunningSession(ana, undefined, 3600);
    phone.mishap = () => 'answer lost';
    await queue.addLog(running.id, { startedAt: Date.now() - 20 * MINUTE, endedAt: Date.now() - 10 * MINUTE });
    await until(() => phone.sent.length === 1);
    phone.close();
    phone.mishap = () => undefined;
    // Another offset is known after the restart.
    await after(300);
    ({ queue } = phone.open());
    await until(() => phone.told.sent.length === 1);
    const [first, second] = phone.sent;
    expect(second).toMatchObject({ key: first!.key, body: first!.body });
  });

  it('a local id goes on standing for its session', async () => {
    const local = await queue.createSession();
    await emptied();
    ({ queue } = phone.open());
    await queue.start(local);
    await emptied();
    expect(await session(queue.idOf(local)!)).toMatchObject({ status: 'running' });
  });

  it('nothing is sent any more, and no timer is left', async () => {
    phone.isOnline = false;
    await queue.createSession();
    await queue.flush();
    jest.useFakeTimers({ advanceTimers: true, doNotFake: ['nextTick', 'queueMicrotask', 'performance'] });
    try {
      ({ queue } = phone.open());
      await queue.flush();
      expect(jest.getTimerCount()).toBe(1);
      queue.close();
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });
});

describe('What the server refuses', () => {
  it('is told to the app, and what comes after it is sent', async () => {
    const [running, other] = [await aRunningSession(ana), await aSession(ana)];
    await queue.start(other.id);
    await queue.resume(other.id);
    await queue.stop(other.id);
    await queue.pause(nobody());
    await emptied();
    expect(new Set(conflicts())).toEqual(
      new Set([
        ['pause', 'not_found'],
        ['start', 'already_running'],
        ['resume', 'invalid_session_transition'],
      ]),
    );
    expect(phone.told.conflicts.find(({ entry }) => entry.kind === 'start')!.problem.session_id).toBe(running.id);
    expect(await session(other.id)).toMatchObject({ status: 'ended' });
  });

  it('is everything of a session that could not be created', async () => {
    const group = await aGroup(ana);
    await ana.post(`/api/groups/${group.id}:archive`).expect(200);
    phone.isOnline = false;
    const local = await queue.createSession({ group_id: group.id });
    await queue.start(local);
    await queue.stop(local);
    phone.isOnline = true;
    await queue.flush();
    expect(conflicts()).toEqual([
      ['createSession', 'group_archived'],
      ['start', 'group_archived'],
      ['stop', 'group_archived'],
    ]);
    await expect(queue.addLog(local, { startedAt: 0, endedAt: 1 })).rejects.toThrow(local);
  });
});

describe('What passes by itself', () => {
  const retry = (seconds: string): Record<string, string> => ({ 'retry-after': seconds });
  it.each<[string, () => Response]>([
    ['a server that is busy', () => refusal(503, 'unavailable', retry('1'))],
    ['too many requests', () => refusal(429, 'rate_limited', retry('1'))],
    ['the same key in flight', () => refusal(409, 'idempotency_in_flight', retry('1'))],
    ['a server that has a fault', () => refusal(500, 'internal_error')],
    ['a captive portal', () => new Response('<h1>Hotel</h1>', { headers: { 'content-type': 'text/html' } })],
    ['one that refuses', () => new Response('<h1>Hotel</h1>', { status: 403 })],
    ['one that speaks JSON', () => Response.json({})],
  ])('is no conflict: %s', async (_, answer) => {
    const times = 1;
    phone.mishap = () => (phone.sent.length <= times ? answer() : undefined);
    await queue.createSession();
    await emptied();
    expect(conflicts()).toEqual([]);
    expect(phone.sent).toHaveLength(2);
    expect(phone.sent[1]!.key).toBe(phone.sent[0]!.key);
  });

  it('is waited for as long as Retry-After says, whatever is added meanwhile', async () => {
    phone.mishap = () => (phone.sent.length === 1 ? refusal(503, 'unavailable', retry('2')) : undefined);
    await queue.createSession();
    await until(() => phone.sent.length === 1);
    const refused = Date.now();
    await queue.createSession();
    await queue.flush();
    await until(() => phone.sent.length > 1);
    expect(Date.now() - refused).toBeGreaterThan(1950);
    await emptied();
  });

  it('is being signed out: what was done is kept until somebody is signed in again', async () => {
    phone.token = null;
    await queue.createSession();
    await until(() => phone.sent.length === 1);
    await after(1200);
    expect(phone.sent).toHaveLength(1);
    expect(queue.pending).toHaveLength(1);
    phone.token = ana.token;
    await queue.flush();
    expect(queue.pending).toEqual([]);
    expect(conflicts()).toEqual([]);
  });
});

describe('A storage', () => {
  it('that fails is told, and the entry is sent all the same', async () => {
    const fails = (): Promise<never> => Promise.reject(new Error('The disk is full.'));
    const sick = createOfflineQueue(lockin, { storage: { getItem: () => null, setItem: fails } });
    await expect(sick.createSession()).rejects.toThrow('The disk is full.');
    await until(() => sick.pending.length === 0);
    expect(phone.whats()).toEqual(['create']);
    sick.close();
  });

  it('that holds half a text is begun anew', async () => {
    phone.stored.set('lockin.queue', '{"entries":[{"key":');
    ({ queue } = phone.open());
    await queue.createSession();
    await emptied();
  });

  it('is not needed, and is kept apart for each person', async () => {
    phone.isOnline = false;
    const other = createOfflineQueue(lockin, { storage: storageOf(phone), storageKey: 'lockin.queue.ben' });
    const none = createOfflineQueue(lockin);
    await Promise.all([other.createSession(), none.createSession(), queue.flush()]);
    expect(queue.pending).toEqual([]);
    expect([...phone.stored.keys()]).toEqual(['lockin.queue.ben']);
    other.close();
    none.close();
  });
});

const storageOf = ({
  stored,
}: Phone): { getItem: (key: string) => string | null; setItem: Map<string, string>['set'] } => ({
  getItem: (key) => stored.get(key) ?? null,
  setItem: (key, value) => stored.set(key, value),
});
