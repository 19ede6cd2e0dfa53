import { texts } from '../texts';
import { useList } from '../lockin';
import type { ScreenProps } from '../navigation';
import { Button } from '../ui/button';
import { Screen } from '../ui/layout';
import { Link } from '../ui/link';
import { Body, ErrorText, Name } from '../ui/text';

export function GroupsScreen({ navigation }: ScreenProps<'Groups'>) {
  const { items, isPending, error, hasNextPage, fetchNextPage } = useList('/api/groups', { status: 'active' });
  return (
    <Screen>
      <ErrorText error={error} />
      {isPending && <Body muted>{texts.loading}</Body>}
      {!isPending && items.length === 0 && <Body>{texts.groups.empty}</Body>}
      {items.map(({ id, name, period, period_target_minutes }) => (
        <Link key={id} label={name} onPress={() => navigation.navigate('Group', { id, name })}>
          <Name>{name}</Name>
          <Body muted>{texts.groups.target(period_target_minutes, period)}</Body>
        </Link>
      ))}
      {hasNextPage && <Button label={texts.more} onPress={() => void fetchNextPage()} />}
      <Button kind="primary" label={texts.groups.create} onPress={() => navigation.navigate('NewGroup')} />
    </Screen>
  );
}
