import { ProblemError } from '@lockin/sdk';
import type { ReactNode } from 'react';
import { clockTime } from '../time.js';
import type { Group, Session } from '../types.js';
import { mySession, type Step, useStep } from './my-session.js';

interface ControlsProps {
  group: Group;
  myId: string;
  /** Whether the person's time runs, whoever hosts the session. */
  running: boolean;
}

/**
 * Both buttons stay where they are and keep the focus, whatever they say: somebody with a keyboard starts, pauses and
 * goes on with one key. Disabled ones would lose it, so they only say that they are.
 */
export function Controls({ group, myId, running }: ControlsProps): ReactNode {
  const session = mySession(group, myId);
  const { mutate, isPending, error } = useStep(group.id, session);

  if (group.status === 'archived') return null;
  const next = nextStep(session);
  const canStop = session?.status === 'running' || session?.status === 'paused';
  const take = (step: Step): void => {
    if (!isPending) mutate(step);
  };

  return (
    <div className="controls" role="group" aria-label="Your session">
      <p>{isPending ? 'Sending …' : wordsFor(session, running)}</p>
      <div className="buttons">
        <button type="button" className="primary" aria-disabled={isPending} onClick={() => take(next)}>
          <Icon step={next} />
          {LABELS[next]}
        </button>
        <button type="button" aria-disabled={isPending || !canStop} onClick={() => canStop && take('stop')}>
          <Icon step="stop" />
          {LABELS.stop}
        </button>
      </div>
      {error && <p role="alert">{reason(error)}</p>}
    </div>
  );
}

const LABELS: Record<Step, string> = { start: 'Start', pause: 'Pause', resume: 'Resume', stop: 'Stop' };

const SHAPES: Record<Step, string> = {
  start: 'M4 2.5v11l9-5.5z',
  resume: 'M4 2.5v11l9-5.5z',
  pause: 'M4 2.5h3v11H4zM9 2.5h3v11H9z',
  stop: 'M3.5 3.5h9v9h-9z',
};

function Icon({ step }: { step: Step }): ReactNode {
  return (
    <svg viewBox="0 0 16 16" aria-hidden="true">
      <path d={SHAPES[step]} />
    </svg>
  );
}

function nextStep(session: Session | undefined): Step {
  if (session?.status === 'running') return 'pause';
  return session?.status === 'paused' ? 'resume' : 'start';
}

function wordsFor(session: Session | undefined, running: boolean): string {
  if (session?.status === 'running') return `Your session began at ${clockTime(session.started_at)} and is running.`;
  if (session?.status === 'paused') return 'Your session is paused.';
  if (running) return 'Your time runs in a session that somebody else hosts.';
  return 'You are resting.';
}

function reason(error: Error): string {
  return error instanceof ProblemError ? error.message : 'That did not get through. Try again.';
}
