import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type LockInClient, type LockInClientOptions, type ProblemError, type Race, type RaceState } from '@lockin/sdk';
import { type MemberProgress, type RaceTiming, secondsAt, watchRace } from '@lockin/sdk';
import { setTimeout as after } from 'node:timers/promises';
import type { GroupDetail } from '../../src/groups/groups.dto.js';
import { freePort } from '../../local/ports.js';
import { type Person, useApi } from '../support/api.js';
import { createGroup, agoSeconds, createSession, addMembers, people } from '../support/factories.js';
import { type Process, startProcess } from '../support/processes.js';
import { zoneAtNoon } from '../support/time.js';
import { createTestClient } from './support/test-client.js';
import { reactNativeFetch } from './support/platforms.js';
import { until } from './support/until.js';

const api = useApi();
let ana: Person;
let ben: Person;
let group: GroupDetail;
let watches: WatchedRace[] = [];

beforeEach(async () => {
  [ana, ben] = await people(api, 'Ana', 'Ben');
  group = await createGroup(ana, { timezone: zoneAtNoon() });
  await addMembers(ana, group, ben);
});
afterEach(() => {
  for (const watch of watches) watch.close();
  watches = [];
});

/** The race as Ben's app watches it. */
class WatchedRace {
  readonly races: Race[] = [];
  readonly states: RaceState[] = [];
  readonly problems: ProblemError[] = [];
  readonly close: () => void;
  private readonly lockin: LockInClient;

  constructor(options: Partial<LockInClientOptions> = {}, timing: Partial<RaceTiming> = {}) {
    this.lockin = createTestClient(api, ben, options);
    const { races, states, problems } = this;
    const onProgress = (race: Race): number => races.push(race);
    const onState = (state: RaceState): number => states.push(state);
    const onProblem = (problem: ProblemError): number => problems.push(problem);
    this.close = watchRace(this.lockin, group.id, { onProgress, onState, onProblem }, timing).close;
    watches.push(this);
  }

  get state(): RaceState | undefined {
    return this.states.at(-1);
  }

  of(person: Person): MemberProgress | undefined {
    return this.races.at(-1)?.find(({ user_id }) => user_id === person.id);
  }

  seconds(person: Person): number {
    return secondsAt(this.of(person)!, this.lockin.clock.now());
  }
}

describe('watchRace, with the real API', () => {
  it.each<[string, Partial<LockInClientOptions>, RaceState]>([
    ['over a stream', {}, 'live'],
    ['by polling', { fetch: reactNativeFetch }, 'polling'],
  ])(
    'reports when another member starts and stops, and their seconds increase in between: %s',
    async (_, options, state) => {
      const race = new WatchedRace(options, { pollIntervalMs: 100 });
      await until(() => race.state === state);
      const { id } = await createSession(ana, group);
      await ana.post(`/api/sessions/${id}:start`, { at: agoSeconds(600) }).expect(200);
      await until(() => race.of(ana)?.running);
      expect(race.of(ana)).toMatchObject({ rank: 1, display_name: 'Ana' });
      await until(() => race.seconds(ana) >= 602);
      expect(race.seconds(ana)).toBeLessThan(610);

      await ana.post(`/api/sessions/${id}:stop`).expect(200);
      await until(() => race.of(ana)?.running === false);
      expect(race.states).toEqual(['connecting', state]);
    },
  );

  it('ends with not_found when the member is removed', async () => {
    const race = new WatchedRace();
    await until(() => race.state === 'live');
    await ana.delete(`/api/groups/${group.id}/members/${ben.id}`).expect(204);
    await until(() => race.problems.length > 0);
    expect(race.problems).toMatchObject([{ status: 404, code: 'not_found' }]);
  });

  it('polls if the user has five streams already, and streams after one of them is closed', async () => {
    const five = Array.from({ length: 5 }, () => new WatchedRace());
    await until(() => five.every(({ state }) => state === 'live'));
    const sixth = new WatchedRace({}, { pollIntervalMs: 100, streamRetryMs: 500 });
    await until(() => sixth.state === 'polling');
    expect(sixth.of(ben)).toBeDefined();
    five[0]!.close();
    await until(() => sixth.state === 'live');
  });

  it('continues after a restart of the server, with the changes that were made meanwhile', async () => {
    const port = await freePort();
    const baseUrl = `http://127.0.0.1:${port}`;
    const start = (): Process => startProcess(api, 'src/main.ts', { PORT: String(port) });
    let server = start();
    try {
      await ready(server, baseUrl);
      const race = new WatchedRace({ baseUrl });
      await until(() => race.state === 'live', 20_000);
      await server.end();
      await until(() => race.state === 'offline');
      const { id } = await createSession(ana, group);
      await ana.post(`/api/sessions/${id}:start`).expect(200);
      server = start();
      await ready(server, baseUrl);
      await until(() => race.state === 'live', 20_000);
      expect(race.of(ana)?.running).toBe(true);
      expect(race.problems).toEqual([]);
    } finally {
      await server.end();
    }
  }, 120_000);

  /** Waits for the process, whose start may be slow on a busy machine, so that the limits apply only to the SDK. */
  async function ready(process: Process, url: string): Promise<void> {
    const isReady = (): Promise<boolean> =>
      fetch(`${url}/health/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    while (!(await isReady())) {
      if (process.child.exitCode !== null)
        throw new Error(`The process ended before it was ready:\n${process.printed()}`);
      await after(50);
    }
  }
});
