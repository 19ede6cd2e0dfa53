import { type MemberProgress, type Race, secondsAt } from '@lockin/sdk';
import type { CSSProperties, ReactNode } from 'react';
import { Avatar } from '../avatar.js';
import { displayName } from '../display-name.js';
import { Clock } from '../clock.js';
import { t } from '../language/language.js';
import { useServerNow } from '../lockin.js';
import { formatMinutes } from '../time.js';
import type { useOwnMember } from './own-time.js';

const SECOND_MS = 1_000;
/** The position of the target line, as a share of the lane's length. The rest is for members beyond their target. */
const TARGET_LINE = 0.8;

interface LanesProps {
  race: Race;
  userId: string;
  /** The user's own time, with presses that the race does not contain yet. */
  ownMember: ReturnType<typeof useOwnMember>;
}

/** Leader first. Sorts again, because a running member may have overtaken others since the race's `as_of`. */
export function Lanes({ race, userId, ownMember }: LanesProps): ReactNode {
  const now = useServerNow(SECOND_MS);
  const lanes = race
    .map((member) => {
      if (member.user_id !== userId) return { member, seconds: secondsAt(member, now) };
      const { seconds, running } = ownMember(member, now);
      return { member: { ...member, running }, seconds };
    })
    .sort((a, b) => b.seconds - a.seconds || a.member.rank - b.member.rank);

  return (
    <ol className="lanes" aria-label={t.lanes}>
      {lanes.map(({ member, seconds }, index) => (
        <Lane
          key={member.user_id}
          place={index + 1}
          member={member}
          seconds={seconds}
          isOwn={member.user_id === userId}
        />
      ))}
    </ol>
  );
}

interface LaneProps {
  place: number;
  member: MemberProgress;
  seconds: number;
  isOwn: boolean;
}

function Lane({ place, member, seconds, isOwn }: LaneProps): ReactNode {
  const { avatar_url, display_name, running, target_minutes } = member;
  const share = seconds / (target_minutes * 60);
  const position = Math.min(share * TARGET_LINE, 1);

  return (
    <li className="lane" data-running={running} data-met={share >= 1} data-own={isOwn}>
      <p className="name">
        <span className="place">{place}</span>
        <strong>
          <bdi>{displayName(member)}</bdi>
        </strong>
        {isOwn && <span className="you">{t.ownLane}</span>}
      </p>
      <p className="state">{share >= 1 ? <GoalMet running={running} /> : running ? t.running : t.resting}</p>
      <p className="clock">
        <Clock seconds={seconds} /> <span>{t.ofTarget(formatMinutes(target_minutes))}</span>
      </p>
      <div className="runway" aria-hidden="true" style={{ '--position': position } as CSSProperties}>
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
      {running ? t.goalMetRunning : t.goalMet}
    </>
  );
}
