import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, type RefObject, useEffect } from 'react';
import { t } from '../language/language.js';
import { useList, useMutation } from '../lockin.js';
import { InboxMessage } from './message.js';

interface InboxProps {
  unread: number;
  /** Receives the focus when the user asks for the inbox. */
  heading: RefObject<HTMLHeadingElement | null>;
  onJoined: (groupId: string) => void;
}

export function Inbox({ unread, heading, onJoined }: InboxProps): ReactNode {
  const queryClient = useQueryClient();
  const { items: messages, isPending, hasNextPage, fetchNextPage, refetch } = useList('/api/notifications');
  const refresh = (): Promise<void> => queryClient.invalidateQueries();
  const readAll = useMutation('post', '/api/notifications:read-all');

  // The count comes with the profile, which is polled: when it changes, there are new notifications.
  useEffect(() => void refetch(), [unread, refetch]);

  return (
    <aside className="inbox" aria-labelledby="inbox">
      <div className="inbox-head">
        <h2 id="inbox" ref={heading} tabIndex={-1}>
          {t.inbox}
        </h2>
        <p role="status">{unread > 0 ? t.unread(unread) : t.allRead}</p>
      </div>
      {!isPending && messages.length === 0 && <p>{t.noMessages}</p>}
      <ul>
        {messages.map((message) => (
          <InboxMessage key={message.id} message={message} onAnswered={refresh} onJoined={onJoined} />
        ))}
      </ul>
      {hasNextPage && (
        <button type="button" className="quiet" onClick={() => void fetchNextPage()}>
          {t.showMore}
        </button>
      )}
      {unread > 0 && (
        <button type="button" className="quiet" onClick={() => readAll.mutate({})}>
          {t.markAllRead}
        </button>
      )}
    </aside>
  );
}
