import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { useQuery, useRace } from '../lockin.js';
import { lengthOf, localTime } from '../time.js';
import type { Group, Me, Race } from '../types.js';
import { Connection } from './connection.js';
import { Controls } from './controls.js';
import { useHappened } from './happened.js';
import { Lanes } from './lanes.js';

interface RaceSectionProps {
  groupId: string;
  me: Me;
}

export function RaceSection({ groupId, me }: RaceSectionProps): ReactNode {
  const { race, state, problem } = useRace(groupId);
  const { data: group } = useQuery('get', '/api/groups/{id}', { params: { path: { id: groupId } } });
  const mine = race?.members.find(({ user_id }) => user_id === me.id);
  const happened = useHappened(race);
  useSessionsOf(groupId, mine?.running);

  return (
    <section className="race" aria-labelledby="race">
      <div className="race-head">
        <h1 id="race">{group?.name ?? 'Race'}</h1>
        <Connection state={state} begun={race !== undefined} ended={problem !== undefined} />
      </div>
      {group && <Terms group={group} race={race} />}
      {problem && <p role="alert">{problem.message}</p>}
      {group && race && <Controls group={group} myId={me.id} running={mine?.running ?? false} />}
      {race && <Lanes race={race} myId={me.id} />}
      <p className="happened" role="status">
        {happened}
      </p>
    </section>
  );
}

function Terms({ group, race }: { group: Group; race: Race | undefined }): ReactNode {
  const { description, timezone, period, period_target_minutes, status } = group;
  const end = race?.members[0]?.period_end;
  const target = `${lengthOf(period_target_minutes)} a ${period === 'daily' ? 'day' : 'week'}`;
  const until = status === 'archived' ? 'this race is over' : end && `until ${localTime(end, timezone)} in ${timezone}`;

  return (
    <div className="terms">
      {description && <p>{description}</p>}
      <p>
        <strong>{target}</strong>
        {until && `, ${until}`}
      </p>
    </div>
  );
}

/** Somebody may start or stop on another device: whenever one's own time does, so may one's session have done. */
function useSessionsOf(groupId: string, running: boolean | undefined): void {
  const queryClient = useQueryClient();
  useEffect(() => {
    if (running === undefined) return;
    void queryClient.invalidateQueries({
      queryKey: ['get', '/api/groups/{id}', { params: { path: { id: groupId } } }],
    });
  }, [queryClient, groupId, running]);
}
