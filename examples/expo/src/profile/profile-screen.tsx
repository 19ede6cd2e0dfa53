import { useState } from 'react';
import { texts } from '../language/texts';
import { useMutation, useQuery } from '../lockin';
import { OwnTime } from '../past/own-time';
import { Button } from '../ui/button';
import { Field } from '../ui/field';
import { Screen } from '../ui/screen';
import { asWritten, Body, ErrorText, Status } from '../ui/text';
import { Avatar } from './avatar';
import { DeleteAccount } from './delete-account';

interface ProfileScreenProps {
  onSignOut: () => void;
  onDeleted: () => void;
}

export function ProfileScreen({ onSignOut, onDeleted }: ProfileScreenProps) {
  const { data: me, error } = useQuery('get', '/api/me');
  return (
    <Screen title={texts.profile.title}>
      <ErrorText error={error} />
      {me && (
        <>
          <Avatar url={me.avatar_url} />
          {me.email !== null && (
            <Body muted style={asWritten}>
              {me.email}
            </Body>
          )}
          <DisplayName current={me.display_name ?? ''} />
        </>
      )}
      <OwnTime />
      <Button label={texts.profile.signOut} onPress={onSignOut} />
      <DeleteAccount onDeleted={onDeleted} />
    </Screen>
  );
}

function DisplayName({ current }: { current: string }) {
  const [name, setName] = useState(current);
  const save = useMutation('patch', '/api/me');
  return (
    <>
      <Field label={texts.profile.name} value={name} onChangeText={setName} maxLength={80} />
      <ErrorText error={save.error} />
      <Status>{save.isSuccess && texts.profile.saved}</Status>
      <Button
        label={texts.profile.save}
        isBusy={save.isPending}
        onPress={() => save.mutate({ body: { display_name: name === '' ? null : name } })}
      />
    </>
  );
}
