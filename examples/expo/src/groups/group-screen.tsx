import { useQuery } from '../lockin';
import type { ScreenProps } from '../navigation';
import { Race } from '../race/race';
import { texts } from '../texts';
import { TimerElsewhere } from '../timer/elsewhere';
import { Timer } from '../timer/timer';
import { Button } from '../ui/button';
import { Screen } from '../ui/layout';
import { useAccount } from '../account';

export function GroupScreen({ navigation, route }: ScreenProps<'Group'>) {
  const { id } = route.params;
  const { userId } = useAccount();
  const { data: group } = useQuery('get', '/api/groups/{id}', { params: { path: { id } } });
  const role = group?.members.find(({ user_id }) => user_id === userId)?.role;
  return (
    <Screen>
      <TimerElsewhere groupId={id} />
      <Timer groupId={id} />
      <Race groupId={id} />
      {(role === 'owner' || role === 'admin') && (
        <Button label={texts.race.invite} onPress={() => navigation.navigate('Invite', { groupId: id })} />
      )}
    </Screen>
  );
}
