import { useAccount } from '../account';
import { texts } from '../language/texts';
import { useQuery } from '../lockin';
import type { ScreenProps } from '../navigation';
import { PastPeriods } from '../past/past-periods';
import { Race } from '../race/race';
import { TimerElsewhere } from '../timer/elsewhere';
import { Timer } from '../timer/timer';
import { Button } from '../ui/button';
import { Screen } from '../ui/screen';

export function GroupScreen({ navigation, route }: ScreenProps<'Group'>) {
  const { id, name } = route.params;
  const { userId } = useAccount();
  const { data: group } = useQuery('get', '/api/groups/{id}', { params: { path: { id } } });
  const role = group?.members.find(({ user_id }) => user_id === userId)?.role;
  return (
    <Screen title={name} onBack={() => navigation.popToTop()}>
      <TimerElsewhere groupId={id} />
      <Timer groupId={id} />
      <Race groupId={id} />
      {group && <PastPeriods group={group} userId={userId} />}
      {(role === 'owner' || role === 'admin') && (
        <Button label={texts.invite.open} onPress={() => navigation.navigate('Invite', { groupId: id })} />
      )}
    </Screen>
  );
}
