import { describe, expect, it, jest } from '@jest/globals';
import { createOfflineQueue, type QueueStorage } from '@lockin/sdk';
import { setTimeout as after } from 'node:timers/promises';
import { aRunningSession } from '../support/factories.js';
import { MINUTE, QueueSetup } from './support/queue-setup.js';
import { until } from './support/until.js';

const app = new QueueSetup();

describe('After a restart of the app, the offline queue', () => {
  it('sends what was pending, and nothing before the restart', async () => {
    app.phone.isOnline = false;
    const local = await app.queue.createSession();
    await app.queue.start(local, Date.now() - 10 * MINUTE);
    app.phone.close();
    app.phone.isOnline = true;
    await after(600);
    expect(app.phone.requests.every(({ status }) => status === undefined)).toBe(true);

    app.openApp();
    await app.queue.stop(local, Date.now() - 5 * MINUTE);
    await app.emptied();
    expect(await app.session(local)).toMatchObject({ status: 'ended', participants: [{ seconds_logged: 300 }] });
  });

  it('sends the same request again, with the same key and times, if its response was lost', async () => {
    const running = await aRunningSession(app.ana, undefined, 3600);
    app.phone.fault = () => 'response lost';
    await app.queue.addLog(running.id, { startedAt: Date.now() - 20 * MINUTE, endedAt: Date.now() - 10 * MINUTE });
    await until(() => app.phone.requests.length === 1);
    app.phone.close();
    app.phone.fault = () => undefined;
    // The estimate of the clock is another one after the restart.
    await after(300);
    app.openApp();
    await until(() => app.phone.sent.length === 1);
    const [first, second] = app.phone.requests;
    expect(second).toMatchObject({ key: first!.key, body: first!.body });
  });

  it('still accepts a local id', async () => {
    const local = await app.queue.createSession();
    await app.emptied();
    app.openApp();
    await app.queue.start(local);
    await app.emptied();
    expect(await app.session(local)).toMatchObject({ status: 'running' });
  });
});

describe('A closed offline queue', () => {
  it('has no timer left', async () => {
    app.phone.isOnline = false;
    await app.queue.createSession();
    await app.queue.flush();
    jest.useFakeTimers({ advanceTimers: true, doNotFake: ['nextTick', 'queueMicrotask', 'performance'] });
    try {
      app.openApp();
      await app.queue.flush();
      expect(jest.getTimerCount()).toBe(1);
      app.queue.close();
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });
});

describe('The storage of the offline queue', () => {
  it('rejects the call when it fails, and the entry is sent all the same', async () => {
    const setItem = (): Promise<never> => Promise.reject(new Error('The disk is full.'));
    const queue = createOfflineQueue(app.lockin, { storage: { getItem: () => null, setItem } });
    await expect(queue.createSession()).rejects.toThrow('The disk is full.');
    await until(() => queue.pending.length === 0);
    expect(app.phone.operations()).toEqual(['create']);
    queue.close();
  });

  it('counts as empty if its text was written only in part', async () => {
    app.phone.stored.set('lockin.queue', '{"entries":[{"key":');
    app.openApp();
    await app.queue.createSession();
    await app.emptied();
  });

  it('is optional, and separate for each storage key', async () => {
    app.phone.isOnline = false;
    const { stored } = app.phone;
    const storage: QueueStorage = {
      getItem: (key) => stored.get(key) ?? null,
      setItem: (key, value) => stored.set(key, value),
    };
    const other = createOfflineQueue(app.lockin, { storage, storageKey: 'lockin.queue.ben' });
    const inMemory = createOfflineQueue(app.lockin);
    await Promise.all([other.createSession(), inMemory.createSession(), app.queue.flush()]);
    expect(app.queue.pending).toEqual([]);
    expect([...stored.keys()]).toEqual(['lockin.queue.ben']);
    other.close();
    inMemory.close();
  });
});
