import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  createLockIn,
  type LockInOptions,
  type MemberProgress,
  type ProblemError,
  type Race,
  type RaceState,
  type RaceTiming,
  secondsAt,
  watchRace,
} from '@lockin/sdk';
import { setTimeout as after } from 'node:timers/promises';
import { expoFetch, reactNativeFetch } from './support/platforms.js';
import { type RaceServer, startRaceServer } from './support/race-server.js';
import { until } from './support/until.js';

const GROUP = 'd290f1ee-6c54-4b01-90e6-d701748f0851';
const ANA: MemberProgress = {
  group_id: GROUP,
  user_id: '0b5e8c1a-5d0f-4c8e-9a3b-6f2d1e7c4a10',
  period_start: '2026-10-05T00:00:00.000Z',
  period_end: '2026-10-06T00:00:00.000Z',
  seconds_done: 0,
  target_minutes: 60,
  goal_met: false,
  display_name: 'Ana Müller 🏃',
  avatar_url: null,
  role: 'owner',
  rank: 1,
  running: false,
};
const AS_OF = '2026-10-05T10:00:00.000Z';
const raceAt = (seconds: number): Race => ({ as_of: AS_OF, members: [{ ...ANA, seconds_done: seconds }] });

let server: RaceServer;
let watches: { close: () => void }[] = [];

beforeEach(async () => {
  server = await startRaceServer(raceAt(0));
});
afterEach(async () => {
  for (const watch of watches) watch.close();
  watches = [];
  await server.goDown();
});

interface Watched {
  /** The seconds of each race that was told. */
  seconds: number[];
  states: RaceState[];
  problems: ProblemError[];
  races: Race[];
  close(): void;
}

function watch(options: Partial<LockInOptions> = {}, timing: Partial<RaceTiming> = {}): Watched {
  const lockin = createLockIn({ baseUrl: server.url, token: () => 'token', ...options });
  const told = {
    seconds: [] as number[],
    states: [] as RaceState[],
    problems: [] as ProblemError[],
    races: [] as Race[],
  };
  const { close } = watchRace(
    lockin,
    GROUP,
    {
      onProgress: (race) => {
        told.races.push(race);
        told.seconds.push(race.members[0]!.seconds_done);
      },
      onState: (state) => void told.states.push(state),
      onProblem: (problem) => void told.problems.push(problem),
    },
    timing,
  );
  watches.push({ close });
  return { ...told, close };
}

const isLive = ({ states }: Watched): boolean => states.at(-1) === 'live';
const asked = (kind: string): unknown[] => server.asked.filter((each) => each.kind === kind);

describe('A race, where the platform streams', () => {
  it('is shown at once, and then with every event', async () => {
    const race = watch();
    await until(() => isLive(race));
    server.streams[0]!.tell(raceAt(7));
    server.streams[0]!.tell(raceAt(8));
    await until(() => race.seconds.includes(8));
    expect(race.seconds).toEqual([0, 0, 7, 8]);
    expect(race.states).toEqual(['connecting', 'live']);
    expect(race.races.at(-1)).toEqual(raceAt(8));
    expect(server.busy.most).toBe(1);
  });

  it.each([
    ['\n', 1],
    ['\r\n', 1],
    ['\r', 1],
    ['\r\n', 7],
  ])('is read whatever the pieces are in which it comes: lines end with %j, %d bytes a piece', async (end, size) => {
    server.greets = false;
    const race = watch();
    await until(() => server.streams.length === 1);
    const [head, tail] = JSON.stringify(raceAt(9)).split(',"members"');
    const lines = [
      'retry: 20',
      '',
      ': heartbeat',
      'event: greeting',
      'data: {"as_of":"never"}',
      '',
      'event:progress',
      'id: 1',
      `data: ${head}`,
      `data: ,"members"${tail}`,
      '',
      // A carriage return at the end of a piece may be half of a line's end, so it is settled by what follows.
      ': heartbeat',
      '',
    ];
    const bytes = Buffer.from(lines.join(end));
    for (let from = 0; from < bytes.length; from += size) {
      server.streams[0]!.write(bytes.subarray(from, from + size));
      if (from % 50 === 0) await after(1);
    }
    await until(() => isLive(race));
    expect(race.races).toEqual([raceAt(0), raceAt(9)]);
  });

  it('is read also where a body that was looked at can be read in no other way, as with expo/fetch', async () => {
    const race = watch({ fetch: expoFetch });
    await until(() => isLive(race));
    expect(race.races).toEqual([raceAt(0), raceAt(0)]);
  });

  it.each(['end', 'destroy'] as const)('comes back by itself after its stream has come to an end: %s', async (how) => {
    const race = watch();
    for (let round = 1; round <= 2; round++) {
      await until(() => isLive(race) && server.streams.length === round);
      server.race = raceAt(round);
      server.streams[round - 1]![how]();
      await until(() => race.seconds.at(-1) === round);
    }
    expect(race.states.slice(0, 4)).toEqual(['connecting', 'live', 'connecting', 'live']);
    expect(asked('current')).toHaveLength(1);
    expect(server.busy.most).toBe(1);
  });

  it('says that it is offline while the server is away, and is live again afterwards', async () => {
    const race = watch();
    await until(() => isLive(race));
    await server.goDown();
    await until(() => race.states.at(-1) === 'offline');
    server.race = raceAt(5);
    await server.comeBack();
    await until(() => isLive(race));
    expect(race.states).toEqual(['connecting', 'live', 'connecting', 'offline', 'live']);
    expect(race.seconds.at(-1)).toBe(5);
  });

  it('is taken for lost when it says nothing, while a heartbeat is enough', async () => {
    const race = watch({}, { silenceMs: 400 });
    await until(() => isLive(race));
    for (let beat = 0; beat < 8; beat++) {
      server.streams[0]!.write(': heartbeat\n\n');
      await after(100);
    }
    expect(server.streams).toHaveLength(1);
    await until(() => server.streams.length === 2 && !server.streams[0]!.isOpen);
    await until(() => isLive(race));
    expect(server.busy.most).toBe(1);
  });

  it('goes on with a fresh token when the old one has expired', async () => {
    server.rightToken = 'old';
    let token = 'old';
    const race = watch({ token: ({ refresh }) => (refresh ? (token = 'fresh') : token) });
    await until(() => isLive(race));
    server.rightToken = 'fresh';
    server.streams[0]!.end();
    await until(() => server.streams.length === 2 && isLive(race));
    expect(race.problems).toEqual([]);
    expect(race.states).not.toContain('offline');
  });

  it('waits as long as Retry-After says', async () => {
    const race = watch();
    await until(() => isLive(race));
    server.refuse('stream', { status: 503, code: 'unavailable', headers: { 'retry-after': '2' } });
    server.streams[0]!.end();
    await until(() => server.streams.length === 2);
    const [refused, taken] = server.asked.slice(-2);
    expect(taken!.at - refused!.at).toBeGreaterThan(1950);
    expect(race.states).toContain('offline');
  });
});

describe('A race that cannot be streamed', () => {
  it('is polled, and told only when it has changed', async () => {
    const race = watch({ fetch: reactNativeFetch }, { pollMs: 30 });
    await until(() => asked('current').length > 4);
    server.race = raceAt(3);
    await until(() => race.seconds.includes(3));
    await until(() => server.asked.at(-1)?.status === 304);
    expect(race.seconds).toEqual([0, 3]);
    expect(race.states).toEqual(['connecting', 'polling']);
    expect(asked('stream')).toEqual([]);
    expect(server.asked.filter(({ status }) => status === 200)).toHaveLength(2);
  });

  it('is polled every five seconds unless the app says otherwise', async () => {
    watch({ fetch: reactNativeFetch });
    await until(() => server.asked.length === 2, 10_000);
    expect(server.asked[1]!.at - server.asked[0]!.at).toBeGreaterThan(4900);
  });

  it('says that it is offline while polls fail', async () => {
    const race = watch({ fetch: reactNativeFetch }, { pollMs: 30 });
    await until(() => race.states.includes('polling'));
    await server.goDown();
    await until(() => race.states.at(-1) === 'offline');
    await server.comeBack();
    await until(() => race.states.at(-1) === 'polling');
    expect(race.states).toEqual(['connecting', 'polling', 'offline', 'polling']);
  });

  it('because this person has too many streams is polled, and streamed later', async () => {
    server.refuse('stream', { status: 409, code: 'too_many_streams' });
    const race = watch({}, { pollMs: 30, streamAgainMs: 300 });
    await until(() => isLive(race));
    expect(race.states).toEqual(['connecting', 'polling', 'live']);
    const [refused, taken] = server.asked.filter(({ kind }) => kind === 'stream');
    expect(taken!.at - refused!.at).toBeGreaterThan(280);
  });

  it('because something on the way holds the stream back is polled, and streamed later', async () => {
    server.greets = false;
    const race = watch({}, { pollMs: 30, silenceMs: 800, firstEventMs: 200, streamAgainMs: 300 });
    await until(() => race.states.includes('polling'));
    expect(server.streams[0]!.isOpen).toBe(false);
    server.greets = true;
    await until(() => isLive(race));
    expect(server.busy.most).toBe(1);
  });

  it('tells what has changed between a stream and the polls after it', async () => {
    const race = watch({}, { pollMs: 30, streamAgainMs: 60_000 });
    await until(() => isLive(race));
    server.streams[0]!.tell(raceAt(9));
    await until(() => race.seconds.includes(9));
    // The race is again as the last poll saw it, so that its tag would say that nothing has changed.
    server.refuse('stream', { status: 409, code: 'too_many_streams' });
    server.streams[0]!.end();
    await until(() => race.states.at(-1) === 'polling');
    expect(race.seconds.at(-1)).toBe(0);
  });
});

describe('Watching a race ends', () => {
  const wasRemoved = { status: 404, code: 'not_found' };

  it.each([
    ['somebody who is no member asks', () => server.refuse('current', wasRemoved)],
    ['a member is removed', () => server.refuse('stream', wasRemoved)],
    ['nobody is signed in any more', () => (server.rightToken = 'another')],
  ])('when %s, and tells why', async (_, happens) => {
    happens();
    const race = watch();
    await until(() => race.problems.length > 0);
    const requests = server.asked.length;
    await after(500);
    expect(race.problems.map(({ code }) => code)).toEqual([server.rightToken ? 'unauthenticated' : 'not_found']);
    expect(server.asked).toHaveLength(requests);
    expect(server.busy.now).toBe(0);
  });

  it('when a stream ends because the member was removed', async () => {
    const race = watch();
    await until(() => isLive(race));
    server.refuse('stream', wasRemoved);
    server.streams[0]!.end();
    await until(() => race.problems.length > 0);
    expect(race.problems[0]).toMatchObject({ status: 404, code: 'not_found' });
    expect(race.states).toEqual(['connecting', 'live', 'connecting']);
  });

  it('not when something else than the API answers 404', async () => {
    server.refuse('current', { status: 404, code: 'x', headers: { 'content-type': 'text/html' } });
    const portal: LockInOptions['fetch'] = async (url, init) => {
      const response = await fetch(url, init);
      return response.status === 404 ? new Response('<h1>Hotel</h1>', { status: 404 }) : response;
    };
    const race = watch({ fetch: portal });
    await until(() => isLive(race));
    expect(race.problems).toEqual([]);
    expect(race.states).toEqual(['connecting', 'offline', 'live']);
  });

  it.each<[string, (race: Watched) => Promise<unknown>]>([
    ['is live', (race) => until(() => isLive(race))],
    [
      'waits for the server',
      async (race) => {
        await server.goDown();
        await until(() => race.states.at(-1) === 'offline');
      },
    ],
    [
      'is being connected',
      async () => {
        server.greets = false;
        server.streams[0]!.end();
        await until(() => server.streams.length === 2);
      },
    ],
  ])('when it is closed while it %s: nothing is said, sent or left behind', async (_, reached) => {
    const doNotFake = ['nextTick', 'setImmediate', 'queueMicrotask', 'performance'] as const;
    jest.useFakeTimers({ advanceTimers: true, doNotFake: [...doNotFake] });
    try {
      const race = watch();
      await until(() => isLive(race));
      await reached(race);
      race.close();
      const [requests, states] = [server.asked.length, race.states.length];
      await until(() => server.busy.now === 0 && jest.getTimerCount() === 0, 200);
      await after(700);
      expect(jest.getTimerCount()).toBe(0);
      expect(server.asked).toHaveLength(requests);
      expect(race.states).toHaveLength(states);
    } finally {
      jest.useRealTimers();
    }
  });
});

describe('Where the platform tells that the network has gone', () => {
  const platform = new EventTarget();
  const names = ['addEventListener', 'removeEventListener'] as const;
  beforeEach(() => {
    for (const name of names) Object.assign(globalThis, { [name]: platform[name].bind(platform) });
  });
  afterEach(() => {
    for (const name of names) Reflect.deleteProperty(globalThis, name);
  });

  it('the race is offline at once, and live at once when it is back', async () => {
    const race = watch();
    await until(() => isLive(race));
    server.streams[0]!.write('retry: 60000\n\n');
    await after(50);
    await server.goDown();
    platform.dispatchEvent(new Event('offline'));
    await until(() => race.states.at(-1) === 'connecting');
    await server.comeBack();
    platform.dispatchEvent(new Event('online'));
    await until(() => isLive(race));
  });
});

describe('The seconds of a member', () => {
  const noon = Date.parse(AS_OF);
  const runner: MemberProgress = { ...ANA, seconds_done: 100, running: true };
  const race = { as_of: AS_OF };

  it('count on while they run, and stand while they do not', () => {
    expect(secondsAt(race, runner, noon + 5999)).toBe(105);
    expect(secondsAt(race, { ...runner, running: false }, noon + 5999)).toBe(100);
  });

  it('never go back, should the clock be behind the race', () => {
    expect(secondsAt(race, runner, noon - 60_000)).toBe(100);
  });

  it("never count past the period's end", () => {
    const short = { ...runner, period_end: '2026-10-05T10:00:30.000Z' };
    expect(secondsAt(race, short, noon + 3_600_000)).toBe(130);
    expect(secondsAt(race, { ...runner, period_end: '2026-10-05T09:00:00.000Z' }, noon + 5000)).toBe(100);
  });
});
