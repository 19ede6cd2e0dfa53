import { describe, expect, it, jest } from '@jest/globals';
import { setTimeout as after } from 'node:timers/promises';
import { createRunningSession, createSession } from '../support/factories.js';
import { HOUR, MINUTE, QueueSetup, shiftDeviceClock } from './support/queue-setup.js';
import { until } from './support/until.js';

const app = new QueueSetup();

describe('A time in the offline queue', () => {
  it.each([
    ['fast', 5 * HOUR],
    ['slow', -5 * HOUR],
  ])("is converted to the server's clock if the device's clock is five hours %s", async (_, offset) => {
    const started = Date.now() - 30 * MINUTE;
    shiftDeviceClock(offset);
    const local = await app.queue.createSession();
    await app.queue.start(local, started + offset);
    await app.queue.stop(local, started + offset + 20 * MINUTE);
    await app.emptied();
    const { started_at, participants } = await app.session(local);
    expect(Math.abs(Date.parse(started_at!) - started)).toBeLessThan(1000);
    expect(participants[0]!.seconds_logged).toBe(20 * 60);
  });

  it('keeps its distance to the other times of its session while the estimate of the clock improves', async () => {
    const { id } = await createSession(app.ana);
    const started = Date.now() - 30 * MINUTE;
    await app.queue.start(id, started);
    await app.emptied();
    for (let sample = 0; sample < 8; sample++) await Promise.all([app.lockin.api.GET('/api/me'), after(110)]);
    await app.queue.pause(id, started + 50);
    await app.emptied();
    const [start, pause] = app.phone.requests.map(({ body }) => Date.parse(body['at']!));
    expect(pause! - start!).toBe(50);
  });

  it('that ends now is accepted, although its session began with an estimate that was ahead', async () => {
    const { id } = await createSession(app.ana);
    shiftDeviceClock(-3000);
    await app.queue.start(id, Date.now() - 10 * MINUTE);
    await app.emptied();
    jest.restoreAllMocks();
    await app.lockin.api.GET('/api/me');
    await app.queue.addLog(id, { startedAt: Date.now() - 5 * MINUTE, endedAt: Date.now() });
    await app.emptied();
    expect(app.phone.conflicts).toEqual([]);
    expect(await app.logs(id)).toHaveLength(2);
  });

  it('that ends a whole session now is accepted, although the session began with an estimate that was ahead', async () => {
    shiftDeviceClock(-3000);
    await app.lockin.api.GET('/api/me');
    app.phone.fault = () => 'request lost';
    const local = await app.queue.createSession();
    await app.queue.start(local, Date.now() - 10 * MINUTE);
    jest.restoreAllMocks();
    await app.lockin.api.GET('/api/me');
    await app.queue.stop(local);
    app.phone.fault = () => undefined;
    await app.emptied();
    expect(app.phone.conflicts).toEqual([]);
    expect(app.phone.operations().at(-1)).toBe('record');
    expect(await app.session(local)).toMatchObject({ status: 'ended', participants: [{ seconds_logged: 603 }] });
  });

  it('is accepted right after an action of another device, in spite of the precision of the clock', async () => {
    // Late in a second, the estimate of the server's clock is half a second behind.
    await after(1900 - (Date.now() % 1000));
    const { id } = await createRunningSession(app.ana);
    await app.queue.pause(id);
    await app.queue.resume(id);
    await app.queue.stop(id);
    await app.emptied();
    expect(app.phone.conflicts).toEqual([]);
    expect(await app.session(id)).toMatchObject({ status: 'ended' });
  });

  it('is a conflict if it is before the latest action of another device', async () => {
    const { id } = await createRunningSession(app.ana, undefined, 60);
    await app.queue.pause(id, Date.now() - 5 * MINUTE);
    await app.emptied();
    expect(app.phone.conflictCodes()).toEqual([['pause', 'at_before_transition']]);
  });

  it("uses a new offset after the device's clock was set", async () => {
    const { id } = await createSession(app.ana);
    await app.queue.start(id);
    await app.emptied();
    const now = Date.now;
    shiftDeviceClock(-2 * HOUR);
    await app.lockin.api.GET('/api/me');
    await app.queue.stop(id);
    await app.emptied();
    expect(app.phone.conflicts).toEqual([]);
    expect(Math.abs(Date.parse((await app.session(id)).ended_at!) - now())).toBeLessThan(2000);
  });

  it("belongs to the moment of the press, if the device's clock is corrected before it is sent", async () => {
    shiftDeviceClock(3 * HOUR);
    app.openApp();
    await app.lockin.api.GET('/api/me');
    app.phone.isOnline = false;
    const { id } = await createSession(app.ana);
    const started = Date.now() - 30 * MINUTE;
    await app.queue.start(id, started);
    await app.queue.pause(id, started + 10 * MINUTE);
    jest.restoreAllMocks();
    app.openApp();
    app.phone.isOnline = true;
    await until(() => app.phone.sent.length === 2);
    expect(app.phone.conflicts).toEqual([]);
    const { started_at, participants } = await app.session(id);
    expect(Math.abs(Date.parse(started_at!) - (started - 3 * HOUR))).toBeLessThan(1000);
    expect(participants[0]!.seconds_logged).toBe(10 * 60);
  });

  it("is corrected if the device's clock was set forward before the press", async () => {
    const { id } = await createSession(app.ana);
    await app.lockin.api.GET('/api/me');
    shiftDeviceClock(2 * HOUR);
    await app.queue.start(id);
    await app.emptied();
    jest.restoreAllMocks();
    expect(app.phone.conflicts).toEqual([]);
    expect(Math.abs(Date.parse((await app.session(id)).started_at!) - Date.now())).toBeLessThan(3000);
  });

  it("is bridged by the monotonic clock, if the device's clock is set back before the server's clock is known", async () => {
    shiftDeviceClock(3 * HOUR);
    app.openApp();
    app.phone.isOnline = false;
    const { id } = await createSession(app.ana);
    const started = Date.now() - 30 * MINUTE;
    await app.queue.start(id, started);
    await app.queue.flush();
    jest.restoreAllMocks();
    app.phone.isOnline = true;
    await app.emptied();
    expect(app.phone.conflicts).toEqual([]);
    expect(Math.abs(Date.parse((await app.session(id)).started_at!) - (started - 3 * HOUR))).toBeLessThan(1500);
  });

  it('uses the offset that was known last, if the clock was set back while the app was closed', async () => {
    shiftDeviceClock(3 * HOUR);
    app.openApp();
    const { id } = await createSession(app.ana);
    const started = Date.now() - 30 * MINUTE;
    await app.queue.start(id, started);
    await app.emptied();
    app.phone.isOnline = false;
    app.openApp();
    await app.queue.pause(id, started + 20 * MINUTE);
    app.phone.close();
    jest.restoreAllMocks();
    app.openApp();
    app.phone.isOnline = true;
    await until(() => app.phone.sent.length === 2);
    expect(app.phone.conflicts).toEqual([]);
    expect((await app.session(id)).participants[0]!.seconds_logged).toBe(20 * 60);
  });
});
