import type { LockIn } from './client.js';
import type { ProblemError } from './problem.js';
import { type RaceState, watchRace } from './race.js';
import type { Race } from './race-changes.js';

/** What is known of a race that is being watched. */
export interface RaceSnapshot {
  /** Undefined until the first answer. */
  readonly race: Race | undefined;
  readonly state: RaceState;
  /** Why it cannot be seen (any more): then the last known race stays as it was. */
  readonly problem: ProblemError | undefined;
}

/** One connection for each race, however many subscribe to it. */
export interface RaceStore {
  subscribe: (groupId: string, onChange: () => void) => () => void;
  /** The same object until something changes. */
  snapshot: (groupId: string) => RaceSnapshot;
}

const NOTHING: RaceSnapshot = { race: undefined, state: 'connecting', problem: undefined };

export function createRaceStore(lockin: LockIn): RaceStore {
  const watched = new Map<string, WatchedRace>();

  return {
    snapshot: (groupId) => watched.get(groupId)?.snapshot ?? NOTHING,
    subscribe: (groupId, onChange) => {
      const race = watched.get(groupId) ?? new WatchedRace(lockin, groupId);
      watched.set(groupId, race);
      // A function of its own, because the same one may subscribe twice.
      const listener = (): void => onChange();
      race.listeners.add(listener);
      return () => {
        race.listeners.delete(listener);
        if (race.listeners.size > 0 || watched.get(groupId) !== race) return;
        watched.delete(groupId);
        race.close();
      };
    },
  };
}

class WatchedRace {
  snapshot = NOTHING;
  readonly listeners = new Set<() => void>();
  readonly close: () => void;

  constructor(lockin: LockIn, groupId: string) {
    const { close } = watchRace(lockin, groupId, {
      onProgress: (race) => this.change({ race }),
      onState: (state) => this.change({ state }),
      onProblem: (problem) => this.change({ problem, state: 'offline' }),
    });
    this.close = close;
  }

  private change(what: Partial<RaceSnapshot>): void {
    this.snapshot = { ...this.snapshot, ...what };
    for (const listener of this.listeners) listener();
  }
}
