import type { Group } from '@lockin/sdk';
import { type ReactNode, useId, useRef } from 'react';
import { isolate } from '../language/isolate.js';
import { t } from '../language/language.js';
import { problemText } from '../language/problem-text.js';
import { useMutation } from '../lockin.js';

interface LeaveButtonProps {
  group: Group;
  userId: string;
  onLeft: () => void;
}

/** Leaves the group after a confirmation. */
export function LeaveButton({ group, userId, onLeft }: LeaveButtonProps): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const leave = useMutation('delete', '/api/groups/{id}/members/{userId}', { onSuccess: onLeft });
  const confirm = (): void => {
    if (!leave.isPending) leave.mutate({ params: { path: { id: group.id, userId } } });
  };

  return (
    <>
      <button type="button" className="quiet" onClick={() => dialog.current?.showModal()}>
        {t.leaveGroup}
      </button>
      <dialog ref={dialog} aria-labelledby={id}>
        <h2 id={id}>{t.leaveQuestion(isolate(group.name))}</h2>
        <p>{t.leaveNote}</p>
        {leave.error && <p role="alert">{problemText(leave.error)}</p>}
        <div className="buttons">
          <button type="button" onClick={() => dialog.current?.close()}>
            {t.stay}
          </button>
          <button type="button" className="primary" aria-disabled={leave.isPending} onClick={confirm}>
            {t.leave}
          </button>
        </div>
      </dialog>
    </>
  );
}
