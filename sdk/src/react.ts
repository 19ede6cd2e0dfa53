import createQueryHooks, { type OpenapiQueryClient } from 'openapi-react-query';
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import type { LockInClient } from './client.js';
import { createRaceStore, type RaceSnapshot } from './live/race-store.js';
import type { paths } from './schema.js';

export type { RaceSnapshot };

/** TanStack Query's hooks for every operation, and the hooks of the live race. */
export interface LockInHooks extends OpenapiQueryClient<paths> {
  /**
   * Watches a group's race while the component is mounted. Components that watch the same group share one connection.
   *
   * @example
   * ```tsx
   * import { useRace } from './hooks';
   *
   * export function Leader({ groupId }: { groupId: string }) {
   *   const { race, state, problem } = useRace(groupId);
   *   if (problem) return <p>{problem.message}</p>;
   *   return <p>{race?.[0]?.display_name ?? state}</p>;
   * }
   * ```
   */
  useRace: (groupId: string) => RaceSnapshot;
  /**
   * Returns the server's time in milliseconds since 1970, and renders the component again every `everyMs` milliseconds,
   * by default 1000.
   *
   * @example
   * ```tsx
   * import { secondsAt, type MemberProgress } from '@lockin/sdk';
   * import { useServerNow } from './hooks';
   *
   * export function Seconds({ member }: { member: MemberProgress }) {
   *   const now = useServerNow();
   *   return <p>{secondsAt(member, now)} s</p>;
   * }
   * ```
   */
  useServerNow: (everyMs?: number) => number;
}

/**
 * Creates the React hooks of a client. Call it once, where the client is created. The query hooks need TanStack Query's
 * `QueryClientProvider` above the component; `useRace` and `useServerNow` do not.
 *
 * @example
 * ```tsx
 * import { createLockInHooks } from '@lockin/sdk/react';
 * import { lockin } from './lockin';
 *
 * const { useQuery } = createLockInHooks(lockin);
 *
 * export function Greeting() {
 *   const { data: profile, error } = useQuery('get', '/api/me');
 *   if (error) return <p>{error.detail}</p>;
 *   return <p>Hello {profile?.display_name}</p>;
 * }
 * ```
 */
export function createLockInHooks(lockin: LockInClient): LockInHooks {
  const races = createRaceStore(lockin);

  const useRace = (groupId: string): RaceSnapshot => {
    const subscribe = useCallback((onChange: () => void) => races.subscribe(groupId, onChange), [groupId]);
    const getSnapshot = (): RaceSnapshot => races.getSnapshot(groupId);
    return useSyncExternalStore(subscribe, getSnapshot, getSnapshot);
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
