import { useAccount } from '../account';
import { texts } from '../language/texts';
import { useList, useSessionVerbs } from '../lockin';
import { Button } from '../ui/button';
import { Card } from '../ui/layout';
import { useFocusHeading } from '../ui/screen';
import { Body, ErrorText } from '../ui/text';

/** The user's timer in another group. One can only run at a time, so it has to be stopped first. */
export function TimerElsewhere({ groupId }: { groupId: string }) {
  const { userId } = useAccount();
  const { items } = useList('/api/sessions', { status: 'running' });
  const other = items.find(({ creator_id, group_id }) => creator_id === userId && group_id !== groupId);
  return other ? <StopSession id={other.id} /> : null;
}

function StopSession({ id }: { id: string }) {
  const { stop, isPending, error } = useSessionVerbs(id);
  const focusHeading = useFocusHeading();
  const onPress = (): void => {
    stop();
    focusHeading();
  };
  return (
    <Card>
      <Body>{texts.timer.elsewhere}</Body>
      <ErrorText error={error} />
      <Button label={texts.timer.stopElsewhere} isBusy={isPending} onPress={onPress} />
    </Card>
  );
}
