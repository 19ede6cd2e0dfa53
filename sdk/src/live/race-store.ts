import type { LockInClient } from '../client.js';
import type { ProblemError } from '../errors.js';
import type { Race } from '../types.js';
import { type RaceState, watchRace } from './race-watcher.js';

/** The current state of a watched race. */
export interface RaceSnapshot {
  /** Undefined until the first response. */
  readonly race: Race | undefined;
  /** The state of the connection. */
  readonly state: RaceState;
  /** Why the race can no longer be read; `race` then keeps its last value. Undefined again after `lockin.signedIn()`. */
  readonly problem: ProblemError | undefined;
}

/** An external store for `useSyncExternalStore`. All subscribers of a group share one connection. */
export interface RaceStore {
  subscribe: (groupId: string, onChange: () => void) => () => void;
  /** Returns the same object until the race changes. */
  getSnapshot: (groupId: string) => RaceSnapshot;
}

const INITIAL: RaceSnapshot = { race: undefined, state: 'connecting', problem: undefined };

export function createRaceStore(lockin: LockInClient): RaceStore {
  const races = new Map<string, WatchedRace>();

  return {
    getSnapshot: (groupId) => races.get(groupId)?.snapshot ?? INITIAL,
    subscribe: (groupId, onChange) => {
      const race = races.get(groupId) ?? new WatchedRace(lockin, groupId);
      races.set(groupId, race);
      // A new function, because two subscribers may pass the same one.
      const listener = (): void => onChange();
      race.listeners.add(listener);
      return () => {
        race.listeners.delete(listener);
        if (race.listeners.size > 0 || races.get(groupId) !== race) return;
        races.delete(groupId);
        race.close();
      };
    },
  };
}

class WatchedRace {
  snapshot = INITIAL;
  readonly listeners = new Set<() => void>();
  readonly close: () => void;

  constructor(lockin: LockInClient, groupId: string) {
    const { close } = watchRace(lockin, groupId, {
      onProgress: (race) => this.update({ race }),
      onState: (state) => this.update({ state, problem: undefined }),
      onProblem: (problem) => this.update({ problem, state: 'offline' }),
    });
    this.close = close;
  }

  private update(changes: Partial<RaceSnapshot>): void {
    this.snapshot = { ...this.snapshot, ...changes };
    for (const listener of this.listeners) listener();
  }
}
