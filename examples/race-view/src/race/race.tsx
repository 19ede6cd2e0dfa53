import type { Group, Profile, Race } from '@lockin/sdk';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { GroupActions } from '../groups/group-actions.js';
import { t } from '../language/language.js';
import { problemText } from '../language/problem-text.js';
import { useQuery, useRace, useServerNow } from '../lockin.js';
import { PastPeriods } from '../past/past-periods.js';
import { formatMinutes, localTime, longTime } from '../time.js';
import { useAnnouncement } from './announcements.js';
import { ConnectionStatus } from './connection-status.js';
import { Description } from './description.js';
import { Lanes } from './lanes.js';
import { useOwnMember, useOwnPresses } from './own-time.js';
import { SessionControls } from './session-controls.js';

interface RaceSectionProps {
  groupId: string;
  profile: Profile;
  onLeft: () => void;
}

export function RaceSection({ groupId, profile, onLeft }: RaceSectionProps): ReactNode {
  const { race, state, problem } = useRace(groupId);
  const { data: group } = useQuery('get', '/api/groups/{id}', { params: { path: { id: groupId } } });
  const own = race?.find(({ user_id }) => user_id === profile.id);
  const announcement = useAnnouncement(race);
  useFreshSessions(groupId, own?.running);
  const presses = useOwnPresses(group, profile.id);
  const ownMember = useOwnMember(presses);

  return (
    <section className="race" aria-labelledby="race">
      <div className="race-head">
        <h1 id="race" dir="auto">
          {group?.name ?? t.race}
        </h1>
        <ConnectionStatus state={state} hasRace={race !== undefined} hasEnded={problem !== undefined} />
      </div>
      {group && <Target group={group} race={race} />}
      {problem && <p role="alert">{problemText(problem)}</p>}
      {group && race && (
        <SessionControls group={group} userId={profile.id} presses={presses} isRunning={own?.running ?? false} />
      )}
      {race && <Lanes race={race} userId={profile.id} ownMember={ownMember} />}
      {group && <PastPeriods group={group} userId={profile.id} />}
      {group && <GroupActions group={group} userId={profile.id} onLeft={onLeft} />}
      <p className="announcement" role="status">
        {announcement}
      </p>
    </section>
  );
}

function Target({ group, race }: { group: Group; race: Race | undefined }): ReactNode {
  const { description, timezone, period, period_target_minutes, status } = group;
  const end = race?.[0]?.period_end;
  const target = (period === 'daily' ? t.targetDaily : t.targetWeekly)(formatMinutes(period_target_minutes));
  const until = status === 'archived' ? t.raceIsOver : end && t.until(localTime(end, timezone), timezone);

  return (
    <div className="target">
      {description && <Description text={description} />}
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
  return <p>{t.startsOn(longTime(at))}</p>;
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
