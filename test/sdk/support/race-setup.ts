import { afterEach, beforeEach } from '@jest/globals';
import {
  createLockInClient,
  type LockInClient,
  type LockInClientOptions,
  type MemberProgress,
  type ProblemError,
  type Race,
  type RaceState,
  type RaceTiming,
  watchRace,
} from '@lockin/sdk';
import { type RaceServer, startRaceServer } from './race-server.js';

const GROUP_ID = 'd290f1ee-6c54-4b01-90e6-d701748f0851';

export const AS_OF = '2026-10-05T10:00:00.000Z';
export const ANA: MemberProgress = {
  as_of: AS_OF,
  group_id: GROUP_ID,
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

/** A race of Ana alone, with these seconds. */
export const raceWith = (seconds: number): Race => [{ ...ANA, seconds_done: seconds }];

/** What the listener of a watched race received. */
export interface WatchedRace {
  readonly lockin: LockInClient;
  readonly races: Race[];
  /** The seconds of each race. */
  readonly seconds: number[];
  readonly states: RaceState[];
  readonly problems: ProblemError[];
  close(): void;
}

export const isLive = ({ states }: WatchedRace): boolean => states.at(-1) === 'live';

/** `watchRace` against a fake server. Each test has another server, whose race begins with 0 seconds. */
export class RaceSetup {
  server: RaceServer;
  private watched: WatchedRace[] = [];

  constructor() {
    beforeEach(async () => {
      this.server = await startRaceServer(raceWith(0));
    });
    afterEach(async () => {
      for (const race of this.watched) race.close();
      this.watched = [];
      await this.server.stop();
    });
  }

  watch(options: Partial<LockInClientOptions> = {}, timing: Partial<RaceTiming> = {}): WatchedRace {
    const lockin = createLockInClient({ baseUrl: this.server.url, token: () => 'token', ...options });
    const received = {
      races: [] as Race[],
      seconds: [] as number[],
      states: [] as RaceState[],
      problems: [] as ProblemError[],
    };
    const listener = {
      onProgress: (race: Race) => {
        received.races.push(race);
        received.seconds.push(race[0]!.seconds_done);
      },
      onState: (state: RaceState) => void received.states.push(state),
      onProblem: (problem: ProblemError) => void received.problems.push(problem),
    };
    const { close } = watchRace(lockin, GROUP_ID, listener, timing);
    const race = { ...received, lockin, close };
    this.watched.push(race);
    return race;
  }

  /** The requests to one endpoint: `current` or `stream`. */
  requestsTo(endpoint: string): RaceServer['requests'] {
    return this.server.requests.filter((each) => each.endpoint === endpoint);
  }
}
