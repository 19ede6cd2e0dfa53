import type { Group, Profile, Race } from '@lockin/sdk';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { useQuery, useRace, useServerNow } from '../lockin.js';
import { formatMinutes, localTime, longTime } from '../time.js';
import { useAnnouncement } from './announcements.js';
import { ConnectionStatus } from './connection-status.js';
import { Lanes } from './lanes.js';
import { SessionControls } from './session-controls.js';

interface RaceSectionProps {
  groupId: string;
  profile: Profile;
}

export function RaceSection({ groupId, profile }: RaceSectionProps): ReactNode {
  const { race, state, problem } = useRace(groupId);
  const { data: group } = useQuery('get', '/api/groups/{id}', { params: { path: { id: groupId } } });
  const own = race?.find(({ user_id }) => user_id === profile.id);
  const announcement = useAnnouncement(race);
  useFreshSessions(groupId, own?.running);

  return (
    <section className="race" aria-labelledby="race">
      <div className="race-head">
        <h1 id="race">{group?.name ?? 'Race'}</h1>
        <ConnectionStatus state={state} hasRace={race !== undefined} hasEnded={problem !== undefined} />
      </div>
      {group && <Target group={group} race={race} />}
      {problem && <p role="alert">{problem.message}</p>}
      {group && race && <SessionControls group={group} userId={profile.id} isRunning={own?.running ?? false} />}
      {race && <Lanes race={race} userId={profile.id} />}
      <p className="announcement" role="status">
        {announcement}
      </p>
    </section>
  );
}

function Target({ group, race }: { group: Group; race: Race | undefined }): ReactNode {
  const { description, timezone, period, period_target_minutes, status } = group;
  const end = race?.[0]?.period_end;
  const target = `${formatMinutes(period_target_minutes)} a ${period === 'daily' ? 'day' : 'week'}`;
  const until = status === 'archived' ? 'this race is over' : end && `until ${localTime(end, timezone)} in ${timezone}`;

  return (
    <div className="target">
      {description && <p>{description}</p>}
      <p>
        <strong>{target}</strong>
        {until && `, ${until}`}
      </p>
      {status === 'active' && <Start at={group.start_at} />}
    </div>
  );
}

/** When the race begins, until it has begun. */
function Start({ at }: { at: string }): ReactNode {
  if (useServerNow() >= Date.parse(at)) return null;
  return (
    <p>
      Starts on{' '}
      <time dateTime={at} lang={navigator.language}>
        {longTime(at)}
      </time>
      . Time before that does not count.
    </p>
  );
}

/** Fetches the group's sessions again when the user's time starts or stops, which may happen on another device. */
function useFreshSessions(groupId: string, isRunning: boolean | undefined): void {
  const queryClient = useQueryClient();
  useEffect(() => {
    if (isRunning === undefined) return;
    void queryClient.invalidateQueries({
      queryKey: ['get', '/api/groups/{id}', { params: { path: { id: groupId } } }],
    });
  }, [queryClient, groupId, isRunning]);
}
