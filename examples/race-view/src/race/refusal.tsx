import type { ReactNode } from 'react';
import { t } from '../language/language.js';
import { problemText } from '../language/problem-text.js';
import { useQuery } from '../lockin.js';
import { useOutcome, useUserQueue } from '../user-queue.js';

/** Why the API refused the latest press. If another session of the user is running, a link leads to its group. */
export function Refusal(): ReactNode {
  const { problem } = useOutcome(useUserQueue());
  if (!problem) return null;
  return (
    <div role="alert">
      <p>{problemText(problem)}</p>
      {problem.session_id !== undefined && <RunningSessionLink id={problem.session_id} />}
    </div>
  );
}

function RunningSessionLink({ id }: { id: string }): ReactNode {
  const { getOutcome, setOutcome } = useUserQueue();
  const { data: session } = useQuery('get', '/api/sessions/{id}', { params: { path: { id } } });
  // There is no view of a session without a group.
  if (!session?.group_id) return null;
  const forget = (): void => setOutcome({ ...getOutcome(), problem: undefined });
  return (
    <a href={`#${session.group_id}`} onClick={forget}>
      {t.goToRunningSession}
    </a>
  );
}
