import type { GroupDetail, SessionVerb } from '@lockin/sdk';
import type { ReactNode } from 'react';
import { Clock } from '../clock.js';
import { t } from '../language/language.js';
import { useServerNow } from '../lockin.js';
import { useUserQueue } from '../user-queue.js';
import { type OwnPresses, useSessionSeconds } from './own-time.js';
import { pressOf } from './press-of.js';
import { isVerb, type OwnSession } from './presses.js';
import { Refusal } from './refusal.js';

/** A press that is not sent by then is mentioned. */
const KEPT_AFTER_MS = 1_500;

interface SessionControlsProps {
  group: GroupDetail;
  userId: string;
  presses: OwnPresses;
  /** Whether the user's time is running, in a session of any host. */
  isRunning: boolean;
}

/**
 * The two buttons keep their place and the keyboard focus when their labels change, so that one key starts, pauses and
 * resumes. They use `aria-disabled`, because a disabled button loses the focus.
 */
export function SessionControls({ group, userId, presses, isRunning }: SessionControlsProps): ReactNode {
  const { session, entries } = presses;
  const seconds = useSessionSeconds(presses, userId);
  const now = useServerNow();
  const send = usePress(group.id, session);

  if (group.status === 'archived') return null;
  const next = nextVerb(session);
  const kept = entries.filter(isVerb).filter((entry) => now - pressOf(entry).at >= KEPT_AFTER_MS).length;
  const canStop = session?.status === 'running' || session?.status === 'paused';

  return (
    <div className="controls" role="group" aria-label={t.yourSession}>
      <div>
        <p>
          {describeSession(session, isRunning)} {seconds !== undefined && <Clock seconds={seconds} />}
        </p>
        <p role="status" className="kept">
          {kept > 0 && t.keptPresses(kept)}
        </p>
      </div>
      <div className="buttons">
        <button type="button" className="primary" onClick={() => send(next)}>
          <Icon verb={next} />
          {t[next]}
        </button>
        <button type="button" aria-disabled={!canStop} onClick={() => canStop && send('stop')}>
          <Icon verb="stop" />
          {t.stop}
        </button>
      </div>
      <Refusal />
    </div>
  );
}

/** Puts a press into the offline queue, with a new session if there is none. */
function usePress(groupId: string, session: OwnSession | undefined): (verb: SessionVerb) => void {
  const { queue, getOutcome, setOutcome } = useUserQueue();
  return (verb) => {
    const at = Date.now();
    setOutcome({ ...getOutcome(), problem: undefined });
    const press = async (): Promise<void> => {
      await queue[verb](session?.id ?? (await queue.createSession({ group_id: groupId })), at);
    };
    // A storage that is full or forbidden does not keep the press, which is sent all the same.
    press().catch(() => undefined);
  };
}

const ICON_PATHS: Record<SessionVerb, string> = {
  start: 'M4 2.5v11l9-5.5z',
  resume: 'M4 2.5v11l9-5.5z',
  pause: 'M4 2.5h3v11H4zM9 2.5h3v11H9z',
  stop: 'M3.5 3.5h9v9h-9z',
};

function Icon({ verb }: { verb: SessionVerb }): ReactNode {
  return (
    <svg viewBox="0 0 16 16" aria-hidden="true">
      <path d={ICON_PATHS[verb]} />
    </svg>
  );
}

function nextVerb(session: OwnSession | undefined): SessionVerb {
  if (session?.status === 'running') return 'pause';
  return session?.status === 'paused' ? 'resume' : 'start';
}

function describeSession(session: OwnSession | undefined, isRunning: boolean): string {
  if (session?.status === 'running') return t.sessionRuns;
  if (session?.status === 'paused') return t.sessionIsPaused;
  return isRunning ? t.runsElsewhere : t.youRest;
}
