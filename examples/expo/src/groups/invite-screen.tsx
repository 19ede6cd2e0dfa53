import type { UserSummary } from '@lockin/sdk';
import { useState } from 'react';
import { View } from 'react-native';
import { nameOf } from '../language/format';
import { texts } from '../language/texts';
import { useMutation, useQuery } from '../lockin';
import type { ScreenProps } from '../navigation';
import { Button } from '../ui/button';
import { Field } from '../ui/field';
import { Screen } from '../ui/screen';
import { ErrorText, Name, Status } from '../ui/text';

/** Finds a person by the exact e-mail address. Looked up at the tap, not at each letter: look-ups are limited. */
export function InviteScreen({ navigation, route }: ScreenProps<'Invite'>) {
  const [text, setText] = useState('');
  const [email, setEmail] = useState<string>();
  const {
    data: person,
    error,
    refetch,
  } = useQuery(
    'get',
    '/api/profiles/lookup',
    { params: { query: { email: email ?? '' } } },
    { enabled: email !== undefined, staleTime: Infinity },
  );
  const find = (): void => {
    setEmail(text.trim());
    if (error && email === text.trim()) void refetch();
  };
  return (
    <Screen title={texts.invite.title} onBack={() => navigation.goBack()}>
      <Field
        label={texts.invite.email}
        value={text}
        onChangeText={setText}
        onSubmitEditing={find}
        inputMode="email"
        autoCapitalize="none"
        autoComplete="email"
        autoCorrect={false}
      />
      <Button label={texts.invite.find} onPress={find} />
      <ErrorText error={error} notFound={texts.invite.nobody} />
      <View role="status" aria-live="polite">
        {person && <Name>{person.display_name}</Name>}
      </View>
      {person && <SendInvite key={person.id} person={person} groupId={route.params.groupId} />}
    </Screen>
  );
}

function SendInvite({ person, groupId }: { person: UserSummary; groupId: string }) {
  const invite = useMutation('post', '/api/groups/{id}:invite');
  const name = nameOf(person.display_name);
  const send = (): void => invite.mutate({ params: { path: { id: groupId } }, body: { recipient_id: person.id } });
  return (
    <>
      <ErrorText error={invite.error} />
      <Button kind="primary" label={texts.invite.send(name)} isBusy={invite.isPending} onPress={send} />
      <Status>{invite.isSuccess && texts.invite.sent(name)}</Status>
    </>
  );
}
