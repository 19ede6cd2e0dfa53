import type { UserSummary } from '@lockin/sdk';
import { useState } from 'react';
import { useMutation, useQuery } from '../lockin';
import type { ScreenProps } from '../navigation';
import { texts } from '../texts';
import { Button } from '../ui/button';
import { Field } from '../ui/field';
import { Card, Screen } from '../ui/layout';
import { ErrorText, Name, Status } from '../ui/text';

/** Finds a person by the exact e-mail address. Looked up at the tap, not at each letter: look-ups are limited. */
export function InviteScreen({ route }: ScreenProps<'Invite'>) {
  const [text, setText] = useState('');
  const [email, setEmail] = useState('');
  const { data: person, error } = useQuery(
    'get',
    '/api/profiles/lookup',
    { params: { query: { email } } },
    { enabled: email !== '', staleTime: Infinity },
  );
  return (
    <Screen>
      <Field
        label={texts.invite.email}
        value={text}
        onChangeText={setText}
        inputMode="email"
        autoCapitalize="none"
        autoComplete="email"
        autoCorrect={false}
      />
      <Button label={texts.invite.find} disabled={text.trim() === ''} onPress={() => setEmail(text.trim())} />
      <ErrorText error={error} />
      {person && <FoundPerson key={person.id} person={person} groupId={route.params.groupId} />}
    </Screen>
  );
}

function FoundPerson({ person, groupId }: { person: UserSummary; groupId: string }) {
  const invite = useMutation('post', '/api/groups/{id}:invite');
  const name = person.display_name ?? texts.nobody;
  const onPress = (): void => invite.mutate({ params: { path: { id: groupId } }, body: { recipient_id: person.id } });
  return (
    <Card>
      <Name>{name}</Name>
      <ErrorText error={invite.error} />
      {invite.isSuccess ? (
        <Status>{texts.invite.sent(name)}</Status>
      ) : (
        <Button kind="primary" label={texts.invite.send(name)} disabled={invite.isPending} onPress={onPress} />
      )}
    </Card>
  );
}
