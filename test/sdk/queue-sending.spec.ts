import { describe, expect, it } from '@jest/globals';
import { setTimeout as after } from 'node:timers/promises';
import { createRunningSession, createSession } from '../support/factories.js';
import { problemResponse } from './support/problem-response.js';
import { MINUTE, QueueSetup } from './support/queue-setup.js';
import { until } from './support/until.js';

const app = new QueueSetup();

describe('The offline queue', () => {
  it('sends an action at once while the phone is online', async () => {
    const local = await app.queue.createSession();
    await app.emptied();
    await app.queue.start(local);
    await app.emptied();
    await app.queue.stop(local);
    await app.emptied();
    const id = app.queue.serverIdOf(local)!;
    expect(await app.session(id)).toMatchObject({ status: 'ended', creator_id: app.ana.id });
    expect(app.phone.operations()).toEqual(['create', ':start', ':stop']);
    expect(app.phone.sent.map(({ entry, result }) => [entry.kind, result.id])).toEqual([
      ['createSession', id],
      ['start', id],
      ['stop', id],
    ]);
  });

  it('keeps actions while the phone is offline, and sends them later with the time of each', async () => {
    app.phone.isOnline = false;
    const [started, stopped] = [Date.now() - 50 * MINUTE, Date.now() - 20 * MINUTE];
    const local = await app.queue.createSession();
    await app.queue.start(local, started);
    await app.queue.pause(local, started + 10 * MINUTE);
    await app.queue.resume(local, new Date(started + 15 * MINUTE));
    await app.queue.stop(local, stopped);
    await app.queue.flush();
    expect(app.queue.pending.map(({ kind }) => kind)).toEqual(['createSession', 'start', 'pause', 'resume', 'stop']);

    app.phone.isOnline = true;
    await app.emptied();
    const ended = await app.session(local);
    expect(ended.participants[0]!.seconds_logged).toBe(25 * 60);
    expect(Math.abs(Date.parse(ended.ended_at!) - stopped)).toBeLessThan(1000);
  });

  it('sends the actions of one session in order, one at a time, also when requests fail', async () => {
    let requests = 0;
    app.phone.fault = ({ operation }) => (operation !== 'create' && requests++ % 2 === 0 ? 'response lost' : undefined);
    const local = await app.queue.createSession();
    const { queue } = app;
    await app.emptied();
    await Promise.all([queue.start(local), queue.pause(local), queue.resume(local), queue.stop(local)]);
    await app.emptied();
    expect(app.phone.operations(queue.serverIdOf(local))).toEqual([
      ...[':start', ':start', ':pause', ':pause'],
      ...[':resume', ':resume', ':stop', ':stop'],
    ]);
    expect(app.phone.conflicts).toEqual([]);
  });

  it('sends the actions of one session while a request of another has no response yet', async () => {
    let respond = (): void => undefined;
    const pendingResponse = new Promise<void>((resolve) => (respond = resolve));
    const running = await createRunningSession(app.ana);
    app.phone.fault = ({ operation }) => (operation === 'create' ? pendingResponse : undefined);
    await app.queue.createSession();
    await app.queue.pause(running.id);
    await until(() => app.queue.pending.length === 1);
    expect(await app.session(running.id)).toMatchObject({ status: 'paused' });
    respond();
    await app.emptied();
  });

  it('sends the actions of one session while those of another fail', async () => {
    const [bad, good] = [await createSession(app.ana), await createSession(app.ana)];
    app.phone.fault = ({ session }) => (session === bad.id ? problemResponse(500, 'internal_error') : undefined);
    await app.queue.start(bad.id);
    await app.queue.start(good.id);
    await app.queue.stop(good.id);
    await until(() => app.queue.pending.length === 1);
    expect(await app.session(good.id)).toMatchObject({ status: 'ended' });
    app.phone.fault = () => undefined;
    await app.emptied();
    expect(await app.session(bad.id)).toMatchObject({ status: 'running' });
  });

  it('sends a log by hand that ends now', async () => {
    // At the start of a second, the estimate of the server's clock is half a second ahead.
    await after(1000 - (Date.now() % 1000));
    const running = await createRunningSession(app.ana, undefined, 3600);
    const now = Date.now();
    await app.queue.addLog(running.id, { startedAt: now - 25 * MINUTE, endedAt: new Date(now) });
    await app.emptied();
    expect(app.phone.conflicts).toEqual([]);
    const [log] = (await app.logs(running.id)).filter(({ manual }) => manual);
    expect(Date.parse(log!.ended_at!) - Date.parse(log!.started_at)).toBe(25 * MINUTE);
  });
});

describe('The offline queue, with two sessions one after the other', () => {
  it('starts the second only after the stop of the first was sent', async () => {
    app.phone.isOnline = false;
    const ago = (minutes: number): number => Date.now() - minutes * MINUTE;
    const [first, second] = [await app.queue.createSession(), await app.queue.createSession()];
    await app.queue.start(first, ago(50));
    await app.queue.stop(first, ago(40));
    await app.queue.start(second, ago(30));
    await app.queue.stop(second, ago(10));
    app.phone.isOnline = true;
    await app.queue.flush();
    expect(app.phone.conflicts).toEqual([]);
    for (const [local, seconds] of [[first, 600] as const, [second, 1200] as const])
      expect((await app.session(local)).participants[0]!.seconds_logged).toBe(seconds);
  });

  it('reports no conflict while the stop of the first cannot be sent', async () => {
    const [first, second] = [await createRunningSession(app.ana), await createSession(app.ana)];
    app.phone.fault = ({ operation }) => (operation === ':stop' ? problemResponse(503, 'unavailable') : undefined);
    await app.queue.stop(first.id);
    await app.queue.start(second.id);
    await until(() => app.phone.requests.some(({ status }) => status === 409));
    app.phone.fault = () => undefined;
    await app.emptied();
    expect(app.phone.conflicts).toEqual([]);
    expect(await app.session(second.id)).toMatchObject({ status: 'running' });
  });
});
