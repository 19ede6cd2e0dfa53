import { type GroupDetail, ProblemError, type Session } from '@lockin/sdk';
import type { ReactNode } from 'react';
import { clockTime } from '../time.js';
import { ownSession, type SessionVerb, useSessionVerb } from './own-session.js';

interface SessionControlsProps {
  group: GroupDetail;
  userId: string;
  /** Whether the user's time is running, in a session of any host. */
  isRunning: boolean;
}

/**
 * The two buttons keep their place and the keyboard focus when their labels change, so that one key starts, pauses and
 * resumes. They use `aria-disabled`, because a disabled button loses the focus.
 */
export function SessionControls({ group, userId, isRunning }: SessionControlsProps): ReactNode {
  const session = ownSession(group, userId);
  const { mutate, isPending, error } = useSessionVerb(group.id, session);

  if (group.status === 'archived') return null;
  const next = nextVerb(session);
  const canStop = session?.status === 'running' || session?.status === 'paused';
  const send = (verb: SessionVerb): void => {
    if (!isPending) mutate(verb);
  };

  return (
    <div className="controls" role="group" aria-label="Your session">
      <p>{isPending ? 'Sending …' : describeSession(session, isRunning)}</p>
      <div className="buttons">
        <button type="button" className="primary" aria-disabled={isPending} onClick={() => send(next)}>
          <Icon verb={next} />
          {LABELS[next]}
        </button>
        <button type="button" aria-disabled={isPending || !canStop} onClick={() => canStop && send('stop')}>
          <Icon verb="stop" />
          {LABELS.stop}
        </button>
      </div>
      {error && <p role="alert">{errorText(error)}</p>}
    </div>
  );
}

const LABELS: Record<SessionVerb, string> = { start: 'Start', pause: 'Pause', resume: 'Resume', stop: 'Stop' };

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

function nextVerb(session: Session | undefined): SessionVerb {
  if (session?.status === 'running') return 'pause';
  return session?.status === 'paused' ? 'resume' : 'start';
}

function describeSession(session: Session | undefined, isRunning: boolean): string {
  if (session?.status === 'running') return `Your session started at ${clockTime(session.started_at)} and is running.`;
  if (session?.status === 'paused') return 'Your session is paused.';
  if (isRunning) return 'Your time is running in a session of another host.';
  return 'You are resting.';
}

function errorText(error: Error): string {
  return error instanceof ProblemError ? error.message : 'That did not get through. Try again.';
}
