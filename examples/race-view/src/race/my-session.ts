import { type LockInClient, unwrap } from '@lockin/sdk';
import { useMutation, type UseMutationResult, useQueryClient } from '@tanstack/react-query';
import { lockin } from '../lockin.js';
import type { Group, Session } from '../types.js';

export type Step = 'start' | 'pause' | 'resume' | 'stop';

/** The person's own session that is furthest from its end: there may be several that wait to be started. */
export function mySession(group: Group, myId: string): Session | undefined {
  const mine = group.sessions.filter(({ creator_id }) => creator_id === myId);
  return (['running', 'paused', 'scheduled'] as const)
    .map((status) => mine.find((session) => session.status === status))
    .find(Boolean);
}

/** Sends a step, and is done when the group has been read anew. */
export function useStep(groupId: string, session: Session | undefined): UseMutationResult<unknown, Error, Step> {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (step: Step) => send(lockin, step, session?.id ?? (await createSession(groupId))),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['get', '/api/groups/{id}'] }),
  });
}

async function createSession(group_id: string): Promise<string> {
  return (await unwrap(lockin.api.POST('/api/sessions', { body: { group_id } }))).id;
}

function send({ api }: LockInClient, step: Step, id: string): Promise<unknown> {
  const params = { path: { id } };
  switch (step) {
    case 'start':
      return unwrap(api.POST('/api/sessions/{id}:start', { params }));
    case 'pause':
      return unwrap(api.POST('/api/sessions/{id}:pause', { params }));
    case 'resume':
      return unwrap(api.POST('/api/sessions/{id}:resume', { params }));
    case 'stop':
      return unwrap(api.POST('/api/sessions/{id}:stop', { params }));
  }
}
