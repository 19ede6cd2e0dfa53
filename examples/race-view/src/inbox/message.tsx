import { type ReactNode, useRef } from 'react';
import { useMutation, useServerNow } from '../lockin.js';
import { distanceOf } from '../time.js';
import type { Notification } from '../types.js';

const MINUTE_MS = 60_000;

interface MessageProps {
  message: Notification;
  onAnswered: () => Promise<void>;
  onJoined: (groupId: string) => void;
}

export function Message({ message, onAnswered, onJoined }: MessageProps): ReactNode {
  const row = useRef<HTMLLIElement>(null);
  const now = useServerNow(MINUTE_MS);
  const isInvite = message.kind === 'group_invite';

  return (
    <li ref={row} tabIndex={-1} className="message" data-unread={message.read_at === null}>
      <p>
        <strong>{message.title}</strong>{' '}
        <time dateTime={message.created_at}>{distanceOf(message.created_at, now)}</time>
      </p>
      <p>{message.body}</p>
      {isInvite && message.status === 'pending' && (
        <Answer
          message={message}
          onAnswered={async (accepted) => {
            await onAnswered();
            // The buttons are gone, and the focus would be with them.
            row.current?.focus();
            if (accepted && message.group_id) onJoined(message.group_id);
          }}
        />
      )}
      {isInvite && message.status !== 'pending' && <p className="answered">{message.status}</p>}
    </li>
  );
}

interface AnswerProps {
  message: Notification;
  onAnswered: (accepted: boolean) => Promise<void>;
}

function Answer({ message, onAnswered }: AnswerProps): ReactNode {
  const accept = useMutation('post', '/api/invites/{id}:accept', { onSuccess: () => onAnswered(true) });
  const decline = useMutation('post', '/api/invites/{id}:decline', { onSuccess: () => onAnswered(false) });
  const isPending = accept.isPending || decline.isPending;
  const problem = accept.error ?? decline.error;
  const init = { params: { path: { id: message.id } } };

  return (
    <>
      <div className="buttons">
        <button
          type="button"
          className="primary"
          aria-disabled={isPending}
          onClick={() => !isPending && accept.mutate(init)}
        >
          Accept
        </button>
        <button type="button" aria-disabled={isPending} onClick={() => !isPending && decline.mutate(init)}>
          Decline
        </button>
      </div>
      {problem && <p role="alert">{problem.detail}</p>}
    </>
  );
}
