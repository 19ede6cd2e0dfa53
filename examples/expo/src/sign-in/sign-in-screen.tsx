import { useMutation } from '@tanstack/react-query';
import { usesCognito } from '../config';
import { texts } from '../language/texts';
import { Button } from '../ui/button';
import { Screen } from '../ui/screen';
import { Body, ErrorText } from '../ui/text';
import * as cognito from './cognito';
import { demoUsers, signInAs } from './demo';

interface SignInScreenProps {
  /** Opens the app after `signIn`, unless the user has closed the sign-in page. */
  onSignIn: (signIn: () => Promise<boolean>) => Promise<void>;
}

export function SignInScreen({ onSignIn }: SignInScreenProps) {
  const { mutate, isPending, error } = useMutation({ mutationFn: onSignIn });
  return (
    <Screen title={texts.signIn.title}>
      <Body>{texts.signIn.intro}</Body>
      <ErrorText error={error} />
      {usesCognito ? (
        <Button kind="primary" label={texts.signIn.button} isBusy={isPending} onPress={() => mutate(cognito.signIn)} />
      ) : (
        demoUsers.map((email) => (
          <Button
            key={email}
            label={texts.signIn.as(email)}
            isBusy={isPending}
            onPress={() => mutate(() => signInAs(email))}
          />
        ))
      )}
    </Screen>
  );
}
