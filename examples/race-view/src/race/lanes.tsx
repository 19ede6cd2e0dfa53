import { secondsAt } from '@lockin/sdk';
import type { CSSProperties, ReactNode } from 'react';
import { Avatar } from '../avatar.js';
import { useServerNow } from '../lockin.js';
import { clockOf, lengthOf } from '../time.js';
import type { Race, Runner } from '../types.js';
import { nameOf } from './happened.js';

const SECOND_MS = 1_000;
/** Where the target line crosses the lanes, as a share of their length; beyond is room for who goes on. */
const LINE = 0.8;

interface LanesProps {
  race: Race;
  myId: string;
}

/** Leader first. The server's order holds for `as_of`: who runs may have overtaken somebody since. */
export function Lanes({ race, myId }: LanesProps): ReactNode {
  const now = useServerNow(SECOND_MS);
  const lanes = race.members
    .map((member) => ({ member, seconds: secondsAt(race, member, now) }))
    .sort((a, b) => b.seconds - a.seconds || a.member.rank - b.member.rank);

  return (
    <ol className="lanes" aria-label="Lanes, leader first">
      {lanes.map(({ member, seconds }, index) => (
        <Lane
          key={member.user_id}
          place={index + 1}
          member={member}
          seconds={seconds}
          isMine={member.user_id === myId}
        />
      ))}
    </ol>
  );
}

interface LaneProps {
  place: number;
  member: Runner;
  seconds: number;
  isMine: boolean;
}

function Lane({ place, member, seconds, isMine }: LaneProps): ReactNode {
  const { avatar_url, display_name, running, target_minutes } = member;
  const share = seconds / (target_minutes * 60);
  const along = Math.min(share * LINE, 1);

  return (
    <li className="lane" data-running={running} data-met={share >= 1} data-mine={isMine}>
      <p className="who">
        <span className="place">{place}</span>
        <strong>{nameOf(member)}</strong>
        {isMine && <span className="you">you</span>}
      </p>
      <p className="state">{share >= 1 ? <GoalMet running={running} /> : running ? 'running' : 'resting'}</p>
      <p className="clock">
        <time dateTime={`PT${seconds}S`}>{clockOf(seconds)}</time> <span>of {lengthOf(target_minutes)}</span>
      </p>
      <div className="runway" aria-hidden="true" style={{ '--along': along } as CSSProperties}>
        <span className="trail" />
        <span className="line" />
        <span className="runner">
          <Avatar name={display_name} url={avatar_url} />
        </span>
      </div>
    </li>
  );
}

function GoalMet({ running }: { running: boolean }): ReactNode {
  return (
    <>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d="M3 15V1.5h10L10.5 5 13 8.5H4.5V15z" />
      </svg>
      goal met{running && ', running on'}
    </>
  );
}
