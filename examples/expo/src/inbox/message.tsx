import type { Notification } from '@lockin/sdk';
import { useMutation } from '../lockin';
import { texts } from '../texts';
import { Button } from '../ui/button';
import { Card, Row } from '../ui/layout';
import { Body, ErrorText, Name } from '../ui/text';

export function Message({ message }: { message: Notification }) {
  const { id, kind, status, title, body, read_at } = message;
  const init = { params: { path: { id } } };
  const accept = useMutation('post', '/api/invites/{id}:accept');
  const decline = useMutation('post', '/api/invites/{id}:decline');
  const read = useMutation('post', '/api/notifications/{id}:read');
  const isSending = accept.isPending || decline.isPending;
  return (
    <Card>
      <Name>{title}</Name>
      <Body>{body}</Body>
      <ErrorText error={accept.error ?? decline.error ?? read.error} />
      {kind === 'group_invite' && status === 'pending' && (
        <Row>
          <Button kind="primary" label={texts.inbox.accept} disabled={isSending} onPress={() => accept.mutate(init)} />
          <Button label={texts.inbox.decline} disabled={isSending} onPress={() => decline.mutate(init)} />
        </Row>
      )}
      {(status === 'accepted' || status === 'declined') && <Body muted>{texts.inbox.answers[status]}</Body>}
      {read_at === null && <Button label={texts.inbox.read} onPress={() => read.mutate(init)} />}
    </Card>
  );
}
