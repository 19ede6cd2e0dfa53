import { describe, expect, it } from '@jest/globals';
import { reactNativeFetch } from './support/platforms.js';
import { isLive, RaceSetup, raceWith } from './support/race-setup.js';
import { until } from './support/until.js';

const setup = new RaceSetup();

describe('A race, on a platform without streams', () => {
  it('is polled, and reported only when it has changed', async () => {
    const race = setup.watch({ fetch: reactNativeFetch }, { pollIntervalMs: 30 });
    await until(() => setup.requestsTo('current').length > 4);
    setup.server.race = raceWith(3);
    await until(() => race.seconds.includes(3));
    await until(() => setup.server.requests.at(-1)?.status === 304);
    expect(race.seconds).toEqual([0, 3]);
    expect(race.states).toEqual(['connecting', 'polling']);
    expect(setup.requestsTo('stream')).toEqual([]);
    expect(setup.server.requests.filter(({ status }) => status === 200)).toHaveLength(2);
  });

  it('is polled every five seconds by default', async () => {
    setup.watch({ fetch: reactNativeFetch });
    await until(() => setup.server.requests.length === 2, 10_000);
    expect(setup.server.requests[1]!.at - setup.server.requests[0]!.at).toBeGreaterThan(4900);
  });

  it('has the state offline while polls fail', async () => {
    const race = setup.watch({ fetch: reactNativeFetch }, { pollIntervalMs: 30 });
    await until(() => race.states.includes('polling'));
    await setup.server.stop();
    await until(() => race.states.at(-1) === 'offline');
    await setup.server.start();
    await until(() => race.states.at(-1) === 'polling');
    expect(race.states).toEqual(['connecting', 'polling', 'offline', 'polling']);
  });
});

describe('A race whose stream fails', () => {
  it('is polled if the user has too many streams, and streamed later', async () => {
    setup.server.refuseNext('stream', { status: 409, code: 'too_many_streams' });
    const race = setup.watch({}, { pollIntervalMs: 30, streamRetryMs: 300 });
    await until(() => isLive(race));
    expect(race.states).toEqual(['connecting', 'polling', 'live']);
    const [refused, accepted] = setup.requestsTo('stream');
    expect(accepted!.at - refused!.at).toBeGreaterThan(280);
  });

  it('is polled if a proxy holds the stream back, and streamed later', async () => {
    setup.server.sendsFirstRace = false;
    const timing = { pollIntervalMs: 30, idleTimeoutMs: 800, firstEventTimeoutMs: 200, streamRetryMs: 300 };
    const race = setup.watch({}, timing);
    await until(() => race.states.includes('polling'));
    expect(setup.server.streams[0]!.isOpen).toBe(false);
    setup.server.sendsFirstRace = true;
    await until(() => isLive(race));
    expect(setup.server.open.max).toBe(1);
  });

  it('is reported by the first poll after a stream, also if it equals the last poll before the stream', async () => {
    const race = setup.watch({}, { pollIntervalMs: 30, streamRetryMs: 60_000 });
    await until(() => isLive(race));
    setup.server.streams[0]!.sendRace(raceWith(9));
    await until(() => race.seconds.includes(9));
    // The server's race is that of the first poll, so its old ETag would give 304.
    setup.server.refuseNext('stream', { status: 409, code: 'too_many_streams' });
    setup.server.streams[0]!.end();
    await until(() => race.states.at(-1) === 'polling');
    expect(race.seconds.at(-1)).toBe(0);
  });
});
