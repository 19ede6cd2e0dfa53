import { View } from 'react-native';
import { texts } from '../language/texts';
import { useList, useMutation } from '../lockin';
import { Button } from '../ui/button';
import { Screen, useFocusHeading } from '../ui/screen';
import { Body, ErrorText } from '../ui/text';
import { Message } from './message';

export function InboxScreen() {
  const { items, isPending, error, hasNextPage, fetchNextPage } = useList('/api/notifications', undefined, {
    refetchInterval: 60_000,
  });
  return (
    <Screen title={texts.inbox.title}>
      <ErrorText error={error} />
      {isPending && <Body muted>{texts.loading}</Body>}
      {!isPending && items.length === 0 && <Body>{texts.inbox.empty}</Body>}
      {items.some(({ read_at }) => read_at === null) && <ReadAll />}
      {items.length > 0 && (
        <View role="list" style={{ gap: 16 }}>
          {items.map((message) => (
            <Message key={message.id} message={message} />
          ))}
        </View>
      )}
      {hasNextPage && <Button label={texts.more} onPress={() => void fetchNextPage()} />}
    </Screen>
  );
}

function ReadAll() {
  const focusHeading = useFocusHeading();
  const readAll = useMutation('post', '/api/notifications:read-all', { onSuccess: focusHeading });
  return (
    <>
      <ErrorText error={readAll.error} />
      <Button label={texts.inbox.readAll} isBusy={readAll.isPending} onPress={() => readAll.mutate({})} />
    </>
  );
}
