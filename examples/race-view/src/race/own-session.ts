import { type GroupDetail, type LockInClient, type Session, type SessionDetail, unwrap } from '@lockin/sdk';
import { useMutation, type UseMutationResult, useQueryClient } from '@tanstack/react-query';
import { lockin } from '../lockin.js';

export type SessionVerb = 'start' | 'pause' | 'resume' | 'stop';

/** The session that the buttons control: the running one the user hosts, else a paused one, else a scheduled one. */
export function ownSession(group: GroupDetail, userId: string): Session | undefined {
  const hosted = group.sessions.filter(({ creator_id }) => creator_id === userId);
  return (['running', 'paused', 'scheduled'] as const)
    .map((status) => hosted.find((session) => session.status === status))
    .find(Boolean);
}

/** Sends a verb, creating a session if there is none. The mutation is pending until the group is fetched again. */
export function useSessionVerb(
  groupId: string,
  session: Session | undefined,
): UseMutationResult<SessionDetail, Error, SessionVerb> {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (verb: SessionVerb) => sendVerb(lockin, verb, session?.id ?? (await createSession(groupId))),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['get', '/api/groups/{id}'] }),
  });
}

async function createSession(group_id: string): Promise<string> {
  return (await unwrap(lockin.api.POST('/api/sessions', { body: { group_id } }))).id;
}

function sendVerb({ api }: LockInClient, verb: SessionVerb, id: string): Promise<SessionDetail> {
  const params = { path: { id } };
  switch (verb) {
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
