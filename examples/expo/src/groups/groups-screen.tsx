import { formatMinutes } from '../language/format';
import { isolate } from '../language/isolate';
import { texts } from '../language/texts';
import { useList } from '../lockin';
import type { ScreenProps } from '../navigation';
import { Button } from '../ui/button';
import { Link } from '../ui/link';
import { Screen } from '../ui/screen';
import { Body, ErrorText, Name } from '../ui/text';

export function GroupsScreen({ navigation }: ScreenProps<'Groups'>) {
  const { items, isPending, error, hasNextPage, fetchNextPage } = useList('/api/groups', { status: 'active' });
  return (
    <Screen title={texts.groups.title}>
      <ErrorText error={error} />
      {isPending && <Body muted>{texts.loading}</Body>}
      {!isPending && items.length === 0 && <Body>{texts.groups.empty}</Body>}
      {items.map(({ id, name, period, period_target_minutes }) => {
        const target = texts.groups[period](formatMinutes(period_target_minutes));
        const open = (): void => navigation.navigate('Group', { id, name });
        return (
          <Link key={id} label={`${isolate(name)} ${target}`} onPress={open}>
            <Name>{name}</Name>
            <Body muted>{target}</Body>
          </Link>
        );
      })}
      {hasNextPage && <Button label={texts.more} onPress={() => void fetchNextPage()} />}
      <Button kind="primary" label={texts.groups.create} onPress={() => navigation.navigate('NewGroup')} />
    </Screen>
  );
}
