import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { LockInClientOptions } from '@lockin/sdk';
import { setTimeout as after } from 'node:timers/promises';
import { isLive, RaceSetup, type WatchedRace } from './support/race-setup.js';
import { until } from './support/until.js';

const setup = new RaceSetup();

describe('Watching a race ends', () => {
  const notFound = { status: 404, code: 'not_found' };

  it.each([
    ['the user is no member', () => setup.server.refuseNext('current', notFound)],
    ['the user is removed before the stream opens', () => setup.server.refuseNext('stream', notFound)],
    ['the sign-in is no longer valid', () => (setup.server.validToken = 'another')],
  ])('with the problem when %s', async (_, prepare) => {
    prepare();
    const race = setup.watch();
    await until(() => race.problems.length > 0);
    const requests = setup.server.requests.length;
    await after(500);
    expect(race.problems.map(({ code }) => code)).toEqual([setup.server.validToken ? 'unauthenticated' : 'not_found']);
    expect(setup.server.requests).toHaveLength(requests);
    expect(setup.server.open.now).toBe(0);
  });

  it('with the problem when the user is removed during the stream', async () => {
    const race = setup.watch();
    await until(() => isLive(race));
    setup.server.refuseNext('stream', notFound);
    setup.server.streams[0]!.end();
    await until(() => race.problems.length > 0);
    expect(race.problems[0]).toMatchObject({ status: 404, code: 'not_found' });
    expect(race.states).toEqual(['connecting', 'live', 'connecting']);
  });

  it('not when a captive portal responds with 404', async () => {
    setup.server.refuseNext('current', { status: 404, code: 'x', headers: { 'content-type': 'text/html' } });
    const portalFetch: LockInClientOptions['fetch'] = async (url, init) => {
      const response = await fetch(url, init);
      return response.status === 404 ? new Response('<h1>Hotel</h1>', { status: 404 }) : response;
    };
    const race = setup.watch({ fetch: portalFetch });
    await until(() => isLive(race));
    expect(race.problems).toEqual([]);
    expect(race.states).toEqual(['connecting', 'offline', 'live']);
  });

  it.each<[string, (race: WatchedRace) => Promise<unknown>]>([
    ['live', (race) => until(() => isLive(race))],
    [
      'offline',
      async (race) => {
        await setup.server.stop();
        await until(() => race.states.at(-1) === 'offline');
      },
    ],
    [
      'connecting',
      async () => {
        setup.server.sendsFirstRace = false;
        setup.server.streams[0]!.end();
        await until(() => setup.server.streams.length === 2);
      },
    ],
  ])('when it is closed in the state %s: no callback, request or timer follows', async (_, reachState) => {
    const doNotFake = ['nextTick', 'setImmediate', 'queueMicrotask', 'performance'] as const;
    jest.useFakeTimers({ advanceTimers: true, doNotFake: [...doNotFake] });
    try {
      const race = setup.watch();
      await until(() => isLive(race));
      await reachState(race);
      race.close();
      const [requests, states] = [setup.server.requests.length, race.states.length];
      await until(() => setup.server.open.now === 0 && jest.getTimerCount() === 0, 200);
      await after(700);
      expect(jest.getTimerCount()).toBe(0);
      expect(setup.server.requests).toHaveLength(requests);
      expect(race.states).toHaveLength(states);
    } finally {
      jest.useRealTimers();
    }
  });
});

describe('On a platform with online and offline events', () => {
  const platform = new EventTarget();
  const names = ['addEventListener', 'removeEventListener'] as const;
  beforeEach(() => {
    for (const name of names) Object.assign(globalThis, { [name]: platform[name].bind(platform) });
  });
  afterEach(() => {
    for (const name of names) Reflect.deleteProperty(globalThis, name);
  });

  it('the race disconnects at once when the network is lost, and reconnects at once when it is back', async () => {
    const race = setup.watch();
    await until(() => isLive(race));
    setup.server.streams[0]!.write('retry: 60000\n\n');
    await after(50);
    await setup.server.stop();
    platform.dispatchEvent(new Event('offline'));
    await until(() => race.states.at(-1) === 'connecting');
    await setup.server.start();
    platform.dispatchEvent(new Event('online'));
    await until(() => isLive(race));
  });
});
