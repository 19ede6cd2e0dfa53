import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { useMutation, useQuery } from '../lockin.js';
import { InboxMessage } from './message.js';

interface InboxProps {
  unread: number;
  onJoined: (groupId: string) => void;
}

export function Inbox({ unread, onJoined }: InboxProps): ReactNode {
  const queryClient = useQueryClient();
  const { data: messages, refetch } = useQuery('get', '/api/notifications', {});
  const refresh = (): Promise<void> => queryClient.invalidateQueries();
  const readAll = useMutation('post', '/api/notifications:read-all', { onSettled: refresh });

  // The count comes with the profile, which is polled: when it changes, there are new notifications.
  useEffect(() => void refetch(), [unread, refetch]);

  return (
    <aside className="inbox" aria-labelledby="inbox">
      <div className="inbox-head">
        <h2 id="inbox">Inbox</h2>
        <p role="status">{unread > 0 ? `${unread} unread` : 'All read'}</p>
      </div>
      {messages?.length === 0 && <p>No messages yet.</p>}
      <ul>
        {messages?.map((message) => (
          <InboxMessage key={message.id} message={message} onAnswered={refresh} onJoined={onJoined} />
        ))}
      </ul>
      {unread > 0 && (
        <button type="button" className="quiet" onClick={() => readAll.mutate({})}>
          Mark all as read
        </button>
      )}
    </aside>
  );
}
