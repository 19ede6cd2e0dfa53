import { describe, expect, it, jest } from '@jest/globals';
import { createOfflineQueue, type QueueStorage } from '@lockin/sdk';
import { setTimeout as after } from 'node:timers/promises';
import { createRunningSession, createSession } from '../support/factories.js';
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
    const running = await createRunningSession(app.ana, undefined, 3600);
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
  it('rejects a press when it fails, and the press is sent all the same', async () => {
    const setItem = (): Promise<never> => Promise.reject(new Error('The disk is full.'));
    const queue = createOfflineQueue(app.lockin, { storage: { getItem: () => null, setItem } });
    const local = await queue.createSession();
    await expect(queue.start(local)).rejects.toThrow('The disk is full.');
    await until(() => queue.pending.length === 0);
    expect(app.phone.operations()).toEqual(['create', ':start']);
    queue.close();
  });

  it.each([
    ['is null', 'null'],
    ['is a list', '[]'],
    ['was written only in part', '{"entries":[{"key":'],
    ['has no list of entries', '{"entries":{}}'],
    ['has a damaged entry', '{"entries":[{"key":"1","kind":"start"}],"serverIds":7}'],
  ])('is set aside if its text %s, and the queue continues', async (_, text) => {
    app.phone.stored.set('lockin.queue', text);
    app.openApp();
    await app.queue.createSession();
    await app.emptied();
    expect(app.phone.stored.get('lockin.queue.damaged')).toBe(text);
    expect(app.phone.damaged).toEqual([text]);
  });

  it('keeps the undamaged entries of a damaged text', async () => {
    const { id } = await createSession(app.ana);
    const start = { key: '1', session: id, kind: 'start', at: Date.now() - MINUTE };
    app.phone.stored.set('lockin.queue', JSON.stringify({ entries: [null, start, { key: 2 }] }));
    app.openApp();
    await until(() => app.phone.sent.length === 1);
    expect(await app.session(id)).toMatchObject({ status: 'running' });
  });

  it('may fail to be read for a while: the presses are sent afterwards, without another call', async () => {
    let isLocked = true;
    const { storage } = app.phone;
    const getItem: QueueStorage['getItem'] = (key) =>
      isLocked ? Promise.reject(new Error('locked')) : storage.getItem(key);
    app.phone.close();
    const queue = createOfflineQueue(app.lockin, { storage: { ...storage, getItem } });
    const local = await queue.createSession();
    await expect(queue.start(local)).rejects.toThrow('locked');
    await expect(queue.flush()).rejects.toThrow('locked');
    isLocked = false;
    await until(() => queue.pending.length === 0);
    expect(app.phone.operations()).toEqual(['create', ':start']);
    queue.close();
  });

  it('can be shared by two queues, such as those of two tabs', async () => {
    app.phone.isOnline = false;
    const storage = app.phone.storage;
    const other = createOfflineQueue(app.lockin, { storage });
    const sessions = await Promise.all(Array.from({ length: 6 }, () => createSession(app.ana)));
    await Promise.all([app.queue.flush(), other.flush()]);
    await Promise.all(
      sessions.map(({ id }, index) => (index % 2 === 0 ? app.queue : other).stop(id, Date.now() - index)),
    );
    const stored = JSON.parse(app.phone.stored.get('lockin.queue')!) as { entries: { session: string }[] };
    expect(stored.entries.map(({ session }) => session).sort()).toEqual(sessions.map(({ id }) => id).sort());
    app.phone.requests.length = 0;
    app.phone.isOnline = true;
    await Promise.all([app.queue.flush(), other.flush()]);
    await until(() => app.queue.pending.length + other.pending.length === 0);
    for (const { id } of sessions) expect(await app.session(id)).toMatchObject({ status: 'ended' });
    expect(app.phone.operations()).toHaveLength(6);
    expect(JSON.parse(app.phone.stored.get('lockin.queue')!)).toMatchObject({ entries: [] });
    other.close();
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

describe('The pending entries', () => {
  it('are the same array until they change, and then call the listeners', async () => {
    app.phone.isOnline = false;
    let calls = 0;
    const unsubscribe = app.queue.subscribe(() => calls++);
    const before = app.queue.pending;
    await app.queue.createSession();
    await until(() => calls > 0);
    expect(app.queue.pending).not.toBe(before);
    expect(app.queue.pending).toBe(app.queue.pending);
    expect(app.queue.pending).toHaveLength(1);
    unsubscribe();
    app.phone.isOnline = true;
    await until(() => app.queue.pending.length === 0);
    expect(before).toEqual([]);
  });
});
