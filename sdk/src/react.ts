import type { OpenapiQueryClient } from 'openapi-react-query';
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import type { LockInClient } from './client.js';
import { createRaceStore, type RaceSnapshot } from './live/race-store.js';
import type { ListItem, ListPath, ListQuery } from './pagination.js';
import { type ListOptions, type ListResult, useList } from './react/list.js';
import { type OwnQueue, useRaceWithPending } from './react/pending.js';
import { createApiHooks, type HookPaths } from './react/query-hooks.js';
import { type SessionVerbs, useSessionVerbs } from './react/session-verbs.js';

export { type ObservableQueue, type OwnQueue, usePending } from './react/pending.js';
export { invalidate, type Mutation } from './react/stale-queries.js';
export type { HookPaths, ListOptions, ListResult, RaceSnapshot, SessionVerbs };

/**
 * TanStack Query's hooks for every operation, and those of lists, sessions and the live race.
 *
 * Every `error` is an `Error` with a `message` for the user, and a `ProblemError` if the API responded. Only the client
 * retries. After a mutation the queries that it changes are fetched again.
 */
export interface LockInHooks extends OpenapiQueryClient<HookPaths> {
  /**
   * Returns the items of a list with pages, newest first. `fetchNextPage` adds a page while `hasNextPage` is true.
   *
   * @example
   * ```tsx
   * import { useList } from './hooks';
   *
   * export function ActiveGroups() {
   *   const { items, hasNextPage, fetchNextPage } = useList('/api/groups', { status: 'active' });
   *   return (
   *     <ul>
   *       {items.map(({ id, name }) => <li key={id}>{name}</li>)}
   *       {hasNextPage && <button onClick={() => void fetchNextPage()}>More</button>}
   *     </ul>
   *   );
   * }
   * ```
   */
  useList: <Path extends ListPath>(
    path: Path,
    query?: ListQuery<Path>,
    options?: ListOptions,
  ) => ListResult<ListItem<Path>>;
  /**
   * Starts, pauses, resumes and stops a session. What `useQuery('get', '/api/sessions/{id}')` returns for it changes at
   * once, and changes back if the API refuses the verb.
   *
   * @example
   * ```tsx
   * import type { SessionDetail } from '@lockin/sdk';
   * import { useSessionVerbs } from './hooks';
   *
   * export function Controls({ session }: { session: SessionDetail }) {
   *   const { pause, resume, error } = useSessionVerbs(session.id);
   *   if (error) return <p>{error.message}</p>;
   *   return session.status === 'running' ? <button onClick={pause}>Pause</button> : <button onClick={resume}>Resume</button>;
   * }
   * ```
   */
  useSessionVerbs: (sessionId: string) => SessionVerbs;
  /**
   * Watches a group's race while the component is mounted. Components that watch the same group share one connection.
   * With `own`, the race shows the user's presses on this device before they are sent: `useRace(id, { queue, userId })`.
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
  useRace: (groupId: string, own?: OwnQueue) => RaceSnapshot;
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
 *   if (error) return <p>{error.message}</p>;
 *   return <p>Hello {profile?.display_name}</p>;
 * }
 * ```
 */
export function createLockInHooks(lockin: LockInClient): LockInHooks {
  const races = createRaceStore(lockin);

  const useRace = (groupId: string, own?: OwnQueue): RaceSnapshot => {
    const subscribe = useCallback((onChange: () => void) => races.subscribe(groupId, onChange), [groupId]);
    const getSnapshot = (): RaceSnapshot => races.getSnapshot(groupId);
    const snapshot = useSyncExternalStore(subscribe, getSnapshot, getSnapshot);
    return useRaceWithPending(snapshot, groupId, own);
  };

  const useServerNow = (everyMs = 1000): number => {
    const [now, setNow] = useState(() => lockin.clock.now());
    useEffect(() => {
      const timer = setInterval(() => setNow(lockin.clock.now()), everyMs);
      return () => clearInterval(timer);
    }, [everyMs]);
    return now;
  };

  return {
    ...createApiHooks(lockin),
    useList: (path, query, options) => useList(lockin, path, query, options),
    useSessionVerbs: (sessionId) => useSessionVerbs(lockin, sessionId),
    useRace,
    useServerNow,
  };
}
