import type { Notification } from '@lockin/sdk';
import { type ReactNode, useRef } from 'react';
import { isolate } from '../language/isolate.js';
import { t } from '../language/language.js';
import { problemText } from '../language/problem-text.js';
import { useMutation, useServerNow } from '../lockin.js';
import { relativeTime } from '../time.js';

const MINUTE_MS = 60_000;

interface InboxMessageProps {
  message: Notification;
  onAnswered: () => Promise<void>;
  onJoined: (groupId: string) => void;
}

export function InboxMessage({ message, onAnswered, onJoined }: InboxMessageProps): ReactNode {
  const row = useRef<HTMLLIElement>(null);
  const now = useServerNow(MINUTE_MS);
  const title = translatedTitle(message);
  const isInvite = message.kind === 'group_invite';

  return (
    <li ref={row} tabIndex={-1} className="message" data-unread={message.read_at === null}>
      <p>
        <strong dir="auto">{title ?? message.title}</strong>{' '}
        <time dateTime={message.created_at}>{relativeTime(message.created_at, now)}</time>
      </p>
      {/* The API's own texts are English. They name the user who acted, whom the data only identify. */}
      {(title === undefined || typeof message.data['actor_id'] === 'string') && (
        <p dir="auto" lang="en">
          {message.body}
        </p>
      )}
      {isInvite && message.status === 'pending' && (
        <InviteButtons
          message={message}
          onAnswered={async (accepted) => {
            await onAnswered();
            // The focused button no longer exists.
            row.current?.focus();
            if (accepted && message.group_id) onJoined(message.group_id);
          }}
        />
      )}
      {isInvite && message.status !== 'pending' && (
        <p className="answered">{message.status === 'accepted' ? t.accepted : t.declined}</p>
      )}
    </li>
  );
}

/** The title in another language than the API's. */
function translatedTitle({ data }: Notification): string | undefined {
  const { event, group_name } = data;
  if (typeof event !== 'string') return undefined;
  return t.events[event]?.(typeof group_name === 'string' ? isolate(group_name) : '');
}

interface InviteButtonsProps {
  message: Notification;
  onAnswered: (accepted: boolean) => Promise<void>;
}

function InviteButtons({ message, onAnswered }: InviteButtonsProps): ReactNode {
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
          {t.accept}
        </button>
        <button type="button" aria-disabled={isPending} onClick={() => !isPending && decline.mutate(init)}>
          {t.decline}
        </button>
      </div>
      {problem && <p role="alert">{problemText(problem)}</p>}
    </>
  );
}
