import type { SessionVerb } from '@lockin/sdk';
import { usePending } from '@lockin/sdk/react';
import { useRef } from 'react';
import type { View } from 'react-native';
import { useAccount } from '../account';
import { texts } from '../language/texts';
import { useQuery } from '../lockin';
import { Button } from '../ui/button';
import { focusOn } from '../ui/focus';
import { Card, Row } from '../ui/layout';
import { Status, Title } from '../ui/text';
import { type MySession, mySession } from './my-session';

/**
 * Starts, pauses and stops the user's session in a group through the offline queue. One button starts, pauses and resumes,
 * so that it keeps the focus.
 */
export function Timer({ groupId }: { groupId: string }) {
  const { queue, userId } = useAccount();
  const { data: group } = useQuery('get', '/api/groups/{id}', { params: { path: { id: groupId } } });
  const pending = usePending(queue);
  const mainButton = useRef<View>(null);
  const hosted = group?.sessions.filter(({ creator_id }) => creator_id === userId) ?? [];
  const session = mySession(hosted, queue, groupId);
  const next = nextVerb(session);

  // A storage that is full does not keep the presses, which are sent all the same.
  const press = async (): Promise<void> => {
    const at = Date.now();
    const id = session?.id ?? (await queue.createSession({ group_id: groupId }));
    await queue[next](id, at).catch(() => undefined);
  };
  const stop = ({ id }: MySession): void => {
    queue.stop(id).catch(() => undefined);
    focusOn(mainButton);
  };
  return (
    <Card>
      <Title>{texts.timer.title}</Title>
      <Status>{texts.timer[session?.status ?? 'stopped']}</Status>
      <Row>
        <Button ref={mainButton} kind="primary" label={texts.timer[next]} onPress={() => void press()} />
        {session && <Button label={texts.timer.stop} onPress={() => stop(session)} />}
      </Row>
      <Status>{pending.length > 0 && texts.timer.waiting(pending.length)}</Status>
    </Card>
  );
}

function nextVerb(session: MySession | undefined): Exclude<SessionVerb, 'stop'> {
  if (!session) return 'start';
  return session.status === 'running' ? 'pause' : 'resume';
}
