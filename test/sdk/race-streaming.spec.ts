import { describe, expect, it, jest } from '@jest/globals';
import { setTimeout as after } from 'node:timers/promises';
import { expoFetch } from './support/platforms.js';
import { shiftDeviceClock } from './support/queue-setup.js';
import { ANA, isLive, RaceSetup, raceWith } from './support/race-setup.js';
import { until } from './support/until.js';

const setup = new RaceSetup();

describe('A race, on a platform with streams', () => {
  it('is reported at once, and after each event', async () => {
    const race = setup.watch();
    await until(() => isLive(race));
    setup.server.streams[0]!.sendRace(raceWith(7));
    setup.server.streams[0]!.sendRace(raceWith(8));
    await until(() => race.seconds.includes(8));
    expect(race.seconds).toEqual([0, 0, 7, 8]);
    expect(race.states).toEqual(['connecting', 'live']);
    expect(race.races.at(-1)).toEqual(raceWith(8));
    expect(setup.server.open.max).toBe(1);
  });

  it.each([
    ['\n', 1],
    ['\r\n', 1],
    ['\r', 1],
    ['\r\n', 7],
  ])('is parsed with any line ending and any size of chunks: %j, chunks of %d bytes', async (end, size) => {
    setup.server.sendsFirstRace = false;
    const race = setup.watch();
    await until(() => setup.server.streams.length === 1);
    const [head, tail] = JSON.stringify(raceWith(9)).split(',"rank"');
    const lines = [
      'retry: 20',
      '',
      ': heartbeat',
      'event: greeting',
      'data: [{"as_of":"never"}]',
      '',
      'event:progress',
      'id: 1',
      `data: ${head}`,
      `data: ,"rank"${tail}`,
      '',
      // A carriage return at the end of a chunk may be half of CRLF: only more bytes complete the line.
      ': heartbeat',
      '',
    ];
    const bytes = Buffer.from(lines.join(end));
    for (let from = 0; from < bytes.length; from += size) {
      setup.server.streams[0]!.write(bytes.subarray(from, from + size));
      if (from % 50 === 0) await after(1);
    }
    await until(() => isLive(race));
    expect(race.races).toEqual([raceWith(0), raceWith(9)]);
  });

  it('is reported whatever is in a name, such as the line separator of Unicode', async () => {
    const race = setup.watch();
    await until(() => isLive(race));
    const named = [{ ...ANA, display_name: 'Ana\u2028Müller\u2029\u0085' }];
    setup.server.streams[0]!.sendRace(named);
    await until(() => race.races.length === 3);
    expect(race.races.at(-1)).toEqual(named);
  });

  it('is reported with expo/fetch, whose text() fails after body was read', async () => {
    const race = setup.watch({ fetch: expoFetch });
    await until(() => isLive(race));
    expect(race.races).toEqual([raceWith(0), raceWith(0)]);
  });
});

describe('A stream', () => {
  it.each(['end', 'destroy'] as const)('is opened again after the server closed it: %s', async (how) => {
    const race = setup.watch();
    for (let round = 1; round <= 2; round++) {
      await until(() => isLive(race) && setup.server.streams.length === round);
      setup.server.race = raceWith(round);
      setup.server.streams[round - 1]![how]();
      await until(() => race.seconds.at(-1) === round);
    }
    expect(race.states.slice(0, 4)).toEqual(['connecting', 'live', 'connecting', 'live']);
    expect(setup.requestsTo('current')).toHaveLength(1);
    expect(setup.server.open.max).toBe(1);
  });

  it('has the state offline while the server is down, and live afterwards', async () => {
    const race = setup.watch();
    await until(() => isLive(race));
    await setup.server.stop();
    await until(() => race.states.at(-1) === 'offline');
    setup.server.race = raceWith(5);
    await setup.server.start();
    await until(() => isLive(race));
    expect(race.states).toEqual(['connecting', 'live', 'connecting', 'offline', 'live']);
    expect(race.seconds.at(-1)).toBe(5);
  });

  it('is closed and opened again if it has no data for too long, heartbeats included', async () => {
    const race = setup.watch({}, { idleTimeoutMs: 400 });
    await until(() => isLive(race));
    for (let beat = 0; beat < 8; beat++) {
      setup.server.streams[0]!.write(': heartbeat\n\n');
      await after(100);
    }
    expect(setup.server.streams).toHaveLength(1);
    await until(() => setup.server.streams.length === 2 && !setup.server.streams[0]!.isOpen);
    await until(() => isLive(race));
    expect(setup.server.open.max).toBe(1);
  });

  it("is opened again after it fell silent, although the device's clock was set back", async () => {
    const race = setup.watch({}, { idleTimeoutMs: 400 });
    await until(() => isLive(race));
    shiftDeviceClock(-2 * 3_600_000);
    try {
      await until(() => setup.server.streams.length === 2 && isLive(race));
      expect(setup.server.streams[0]!.isOpen).toBe(false);
    } finally {
      jest.restoreAllMocks();
    }
  });

  it('continues with a new token after the old one expired', async () => {
    setup.server.validToken = 'old';
    let token = 'old';
    const race = setup.watch({ token: ({ refresh }) => (refresh ? (token = 'fresh') : token) });
    await until(() => isLive(race));
    setup.server.validToken = 'fresh';
    setup.server.streams[0]!.end();
    await until(() => setup.server.streams.length === 2 && isLive(race));
    expect(race.problems).toEqual([]);
    expect(race.states).not.toContain('offline');
  });

  it('is opened again no earlier than Retry-After', async () => {
    const race = setup.watch();
    await until(() => isLive(race));
    setup.server.refuseNext('stream', { status: 503, code: 'unavailable', headers: { 'retry-after': '2' } });
    setup.server.streams[0]!.end();
    await until(() => setup.server.streams.length === 2);
    const [refused, accepted] = setup.server.requests.slice(-2);
    expect(accepted!.at - refused!.at).toBeGreaterThan(1950);
    expect(race.states).toContain('offline');
  });
});
