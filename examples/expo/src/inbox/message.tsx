import type { Notification } from '@lockin/sdk';
import { useRef } from 'react';
import type { View } from 'react-native';
import type { EventText } from '../language/en';
import { nameOf } from '../language/format';
import { isolate } from '../language/isolate';
import { texts } from '../language/texts';
import { useMutation } from '../lockin';
import { Button } from '../ui/button';
import { focusOn } from '../ui/focus';
import { Card, Row } from '../ui/layout';
import { asWritten, Body, ErrorText, Status, Title } from '../ui/text';

export function Message({ message }: { message: Notification }) {
  const { id, kind, status, read_at } = message;
  const card = useRef<View>(null);
  const translated = translation(message);
  const [title, body] = translated ?? [message.title, message.body];
  const style = !translated && asWritten;

  const init = { params: { path: { id } } };
  const onSuccess = (): void => focusOn(card);
  const accept = useMutation('post', '/api/invites/{id}:accept', { onSuccess });
  const decline = useMutation('post', '/api/invites/{id}:decline', { onSuccess });
  const read = useMutation('post', '/api/notifications/{id}:read', { onSuccess });
  const isBusy = accept.isPending || decline.isPending;
  return (
    <Card ref={card} role="listitem">
      <Title style={style}>{title}</Title>
      <Body style={style}>{body}</Body>
      <ErrorText error={accept.error ?? decline.error ?? read.error} />
      {kind === 'group_invite' && status === 'pending' && (
        <Row>
          <Button kind="primary" label={texts.inbox.accept} isBusy={isBusy} onPress={() => accept.mutate(init)} />
          <Button label={texts.inbox.decline} isBusy={isBusy} onPress={() => decline.mutate(init)} />
        </Row>
      )}
      {kind === 'group_invite' && (
        <Status>{(status === 'accepted' || status === 'declined') && texts.inbox.answers[status]}</Status>
      )}
      {read_at === null && (
        <Button label={texts.inbox.read} isBusy={read.isPending} onPress={() => read.mutate(init)} />
      )}
    </Card>
  );
}

/** Undefined for events that a newer API has: their texts are shown in the API's own words, which are English. */
function translation({ data }: Notification): [title: string, body: string] | undefined {
  const events: Partial<Record<string, EventText>> = texts.events;
  return events[data.event ?? '']?.(nameOf(data.actor_name), data.group_name ? isolate(data.group_name) : '');
}
