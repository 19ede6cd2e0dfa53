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
  const translated = translation(message);
  const [title, body] = translated ?? [message.title, message.body];
  const language = translated ? {} : ({ lang: 'en', dir: 'ltr' } as const);
  const isInvite = message.kind === 'group_invite';

  return (
    <li ref={row} tabIndex={-1} className="message" data-unread={message.read_at === null}>
      <p>
        <strong {...language}>{title}</strong>{' '}
        <time dateTime={message.created_at}>{relativeTime(message.created_at, now)}</time>
      </p>
      <p {...language}>{body}</p>
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

/** The title and the text in another language than the API's, which is English. */
function translation({ data }: Notification): [title: string, body: string] | undefined {
  const { event = '', actor_name, group_name } = data;
  return t.events[event]?.(isolate(actor_name ?? t.somebody), group_name ? isolate(group_name) : '');
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
