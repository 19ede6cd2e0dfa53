import { useList, useMutation } from '../lockin';
import { texts } from '../texts';
import { Button } from '../ui/button';
import { Screen } from '../ui/layout';
import { Body, ErrorText } from '../ui/text';
import { Message } from './message';

export function InboxScreen() {
  const { items, isPending, error, hasNextPage, fetchNextPage } = useList('/api/notifications', undefined, {
    refetchInterval: 60_000,
  });
  const readAll = useMutation('post', '/api/notifications:read-all');
  const hasUnread = items.some(({ read_at }) => read_at === null);
  return (
    <Screen>
      <ErrorText error={error ?? readAll.error} />
      {isPending && <Body muted>{texts.loading}</Body>}
      {!isPending && items.length === 0 && <Body>{texts.inbox.empty}</Body>}
      {hasUnread && <Button label={texts.inbox.readAll} onPress={() => readAll.mutate({})} />}
      {items.map((message) => (
        <Message key={message.id} message={message} />
      ))}
      {hasNextPage && <Button label={texts.more} onPress={() => void fetchNextPage()} />}
    </Screen>
  );
}
