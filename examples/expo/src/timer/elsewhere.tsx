import { useAccount } from '../account';
import { useList, useSessionVerbs } from '../lockin';
import { texts } from '../texts';
import { Button } from '../ui/button';
import { Card } from '../ui/layout';
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
  return (
    <Card>
      <Body>{texts.timer.elsewhere}</Body>
      <ErrorText error={error} />
      <Button label={texts.timer.stopElsewhere} disabled={isPending} onPress={stop} />
    </Card>
  );
}
