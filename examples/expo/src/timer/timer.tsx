import { usePending } from '@lockin/sdk/react';
import { useAccount } from '../account';
import { useQuery } from '../lockin';
import { texts } from '../texts';
import { Button } from '../ui/button';
import { Card, Row } from '../ui/layout';
import { Body, Status, Title } from '../ui/text';
import { mySession } from './my-session';

/** Starts, pauses and stops the user's session in a group through the offline queue. */
export function Timer({ groupId }: { groupId: string }) {
  const { queue, userId } = useAccount();
  const { data: group } = useQuery('get', '/api/groups/{id}', { params: { path: { id: groupId } } });
  const pending = usePending(queue);
  const hosted = group?.sessions.filter(({ creator_id }) => creator_id === userId) ?? [];
  const session = mySession(hosted, queue, groupId);

  const start = async (): Promise<void> => {
    const at = Date.now();
    const id = await queue.createSession({ group_id: groupId });
    await queue.start(id, at);
  };
  return (
    <Card>
      <Title>{texts.timer.title}</Title>
      <Body>{texts.timer[session?.status ?? 'stopped']}</Body>
      <Row>
        {!session && <Button kind="primary" label={texts.timer.start} onPress={() => void start()} />}
        {session?.status === 'running' && (
          <Button label={texts.timer.pause} onPress={() => void queue.pause(session.id)} />
        )}
        {session?.status === 'paused' && (
          <Button kind="primary" label={texts.timer.resume} onPress={() => void queue.resume(session.id)} />
        )}
        {session && <Button label={texts.timer.stop} onPress={() => void queue.stop(session.id)} />}
      </Row>
      {pending.length > 0 && <Status>{texts.timer.waiting(pending.length)}</Status>}
    </Card>
  );
}
