import type { GroupDetail, MemberProgress, QueueEntry } from '@lockin/sdk';
import { usePending } from '@lockin/sdk/react';
import { useMemo } from 'react';
import { lockin, useQuery, useServerNow } from '../lockin.js';
import { useOutcome, useUserQueue } from '../user-queue.js';
import { pressOf } from './press-of.js';
import { isVerb, memberTimer, type OwnSession, ownSession, sessionTimer, timerAt } from './presses.js';

/** The user's session in a group, and the presses that are not yet sent. */
export interface OwnPresses {
  session: OwnSession | undefined;
  entries: readonly QueueEntry[];
}

export function useOwnPresses(group: GroupDetail | undefined, userId: string): OwnPresses {
  const { queue } = useUserQueue();
  const pending = usePending(queue);
  if (!group) return { session: undefined, entries: [] };
  const hosted = group.sessions.filter(({ creator_id }) => creator_id === userId);
  const created = pending.filter((entry) => entry.kind === 'createSession' && entry.body.group_id === group.id);
  const ids = new Set([...hosted.map(({ id }) => id), ...created.map(({ session }) => session)]);
  const entries = pending
    // A session that was created meanwhile is known by the server's id.
    .map((entry) => ({ ...entry, session: queue.serverIdOf(entry.session) ?? entry.session }))
    .filter(({ session }) => ids.has(session));
  return { session: ownSession(hosted, group.id, entries), entries };
}

/** The user's own row of the race with the presses that the API has not answered yet, or whose event has not arrived. */
export function useOwnMember({
  entries,
}: OwnPresses): (member: MemberProgress, now: number) => { seconds: number; running: boolean } {
  const { sent } = useOutcome(useUserQueue());
  return (member, now) => {
    const isInRace = sent?.groupId !== member.group_id || Date.parse(member.as_of) >= sent.knownAt;
    return timerAt(
      memberTimer(member),
      [...(sent && !isInRace ? [sent] : []), ...entries.filter(isVerb).map(pressOf)],
      now,
    );
  };
}

/** The seconds of the user's session in a group, which is undefined if there is none. */
export function useSessionSeconds({ session, entries }: OwnPresses, userId: string): number | undefined {
  const { data, dataUpdatedAt } = useQuery(
    'get',
    '/api/sessions/{id}',
    { params: { path: { id: session?.id ?? '' } } },
    { enabled: session !== undefined && !session.isLocal },
  );
  // Once: the device's clock may be set afterwards.
  const readAt = useMemo(() => lockin.clock.toServer(dataUpdatedAt), [dataUpdatedAt]);
  const now = useServerNow();
  if (!session || session.status === 'scheduled') return undefined;
  const timer = sessionTimer(data, userId, readAt);
  const own = entries.filter((entry) => entry.session === session.id);
  return timerAt(timer, own.filter(isVerb).map(pressOf), now).seconds;
}
