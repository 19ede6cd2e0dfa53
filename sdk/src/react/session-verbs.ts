import { type QueryClient, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { LockInClient } from '../client.js';
import { unwrap } from '../errors.js';
import type { SessionVerb } from '../offline/queue-entries.js';
import type { SessionDetail, SessionStatus } from '../types.js';
import { invalidate } from './stale-queries.js';

/** The result of `useSessionVerbs`. */
export interface SessionVerbs {
  start: () => void;
  pause: () => void;
  resume: () => void;
  stop: () => void;
  /** Whether a verb is being sent. */
  readonly isPending: boolean;
  /** Why the latest verb failed; a `ProblemError` if the API refused it. */
  readonly error: Error | null;
}

/** The verbs that have no response yet. All are shown at once; one that fails restores the latest response of the API. */
interface Unsettled {
  verbs: number;
  restore?: () => void;
}

export function useSessionVerbs(lockin: LockInClient, sessionId: string): SessionVerbs {
  const queryClient = useQueryClient();
  const cache = createSessionCache(queryClient, sessionId);
  const [unsettled] = useState<Unsettled>({ verbs: 0 });
  const { mutate, isPending, error } = useMutation({
    // Verbs of one session are sent one after the other.
    scope: { id: `session ${sessionId}` },
    retry: false,
    mutationFn: (verb: SessionVerb) =>
      unwrap(lockin.api.POST(`/api/sessions/{id}:${verb}`, { params: { path: { id: sessionId } } })),
    onMutate: async (verb) => {
      const isFirst = unsettled.verbs++ === 0;
      await cache.cancelFetches();
      if (isFirst) unsettled.restore = cache.snapshot();
      cache.update((session) => afterVerb(session, verb, new Date(lockin.clock.now()).toISOString()));
    },
    onSuccess: (session) => {
      cache.update(() => session);
      unsettled.restore = cache.snapshot();
    },
    onError: () => unsettled.restore?.(),
    onSettled: (_session, _error, verb) => {
      unsettled.verbs--;
      void invalidate(queryClient, `post /api/sessions/{id}:${verb}`);
    },
  });
  const send = (verb: SessionVerb) => (): void => mutate(verb);
  return { start: send('start'), pause: send('pause'), resume: send('resume'), stop: send('stop'), isPending, error };
}

/** The cached details of one session. */
function createSessionCache(queryClient: QueryClient, id: string) {
  const filter = { queryKey: ['get', '/api/sessions/{id}', { params: { path: { id } } }] };
  return {
    /** A response that is under way would undo the update. */
    cancelFetches: (): Promise<void> => queryClient.cancelQueries(filter),
    update: (change: (session: SessionDetail) => SessionDetail): void => {
      queryClient.setQueriesData<SessionDetail>(filter, (session) => session && change(session));
    },
    /** Returns a function that restores the session as it is now. */
    snapshot: (): (() => void) => {
      const before = queryClient.getQueriesData<SessionDetail>(filter);
      return () => before.forEach(([key, session]) => queryClient.setQueryData(key, session));
    },
  };
}

/** From which states a verb leads to which one (specification 5). */
const TRANSITIONS: Record<SessionVerb, { from: SessionStatus[]; to: SessionStatus }> = {
  start: { from: ['scheduled'], to: 'running' },
  pause: { from: ['running'], to: 'paused' },
  resume: { from: ['paused'], to: 'running' },
  stop: { from: ['scheduled', 'running', 'paused'], to: 'ended' },
};

/** The session as the API is expected to return it. A verb that its state forbids changes nothing. */
function afterVerb(session: SessionDetail, verb: SessionVerb, at: string): SessionDetail {
  const { from, to } = TRANSITIONS[verb];
  if (!from.includes(session.status)) return session;
  const started_at = to === 'running' ? (session.started_at ?? at) : session.started_at;
  return { ...session, status: to, started_at, ended_at: to === 'ended' ? at : null };
}
