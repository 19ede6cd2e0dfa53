import createQueryHooks, { type OpenapiQueryClient } from 'openapi-react-query';
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import type { LockIn } from './client.js';
import { createRaceStore, type RaceSnapshot } from './race-store.js';
import type { paths } from './schema.js';

export interface LockInHooks extends OpenapiQueryClient<paths> {
  /** A group's race for as long as the component is there. Components that show the same one share a connection. */
  useRace: (groupId: string) => RaceSnapshot;
  /** The server's clock in milliseconds, for secondsAt(); the component renders that often. */
  useServerNow: (everyMs?: number) => number;
}

/** Hooks of TanStack Query for every operation, and the live race. Made once, beside the client. */
export function createLockInHooks(lockin: LockIn): LockInHooks {
  const races = createRaceStore(lockin);

  const useRace = (groupId: string): RaceSnapshot => {
    const subscribe = useCallback((onChange: () => void) => races.subscribe(groupId, onChange), [groupId]);
    const snapshot = (): RaceSnapshot => races.snapshot(groupId);
    return useSyncExternalStore(subscribe, snapshot, snapshot);
  };

  const useServerNow = (everyMs = 1000): number => {
    const [now, setNow] = useState(() => lockin.clock.now());
    useEffect(() => {
      const timer = setInterval(() => setNow(lockin.clock.now()), everyMs);
      return () => clearInterval(timer);
    }, [everyMs]);
    return now;
  };

  return { ...createQueryHooks(lockin.api), useRace, useServerNow };
}
