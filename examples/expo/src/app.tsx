import { type DehydrateOptions, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { PersistQueryClientProvider } from '@tanstack/react-query-persist-client';
import { useEffect, useState } from 'react';
import { SafeAreaProvider, SafeAreaView } from 'react-native-safe-area-context';
import { AccountProvider } from './account';
import { connectToDevice } from './device';
import { texts } from './language/texts';
import { Navigation } from './navigation';
import { SignInScreen } from './sign-in/sign-in-screen';
import { Button } from './ui/button';
import { Card } from './ui/layout';
import { Body } from './ui/text';
import { useTheme } from './ui/theme';
import { useAccountState } from './use-account-state';

const signInQueries = new QueryClient();

/** A response is kept although the latest request failed. */
const dehydrateOptions: DehydrateOptions = { shouldDehydrateQuery: ({ state }) => state.data !== undefined };

/** Shows the app to a user who is signed in, and the sign-in to others. */
export function App() {
  const [refusal, setRefusal] = useState<string>();
  const { account, signIn, signOut } = useAccountState(setRefusal);
  const { background } = useTheme();
  useEffect(() => (account ? connectToDevice(account.queue) : undefined), [account]);

  return (
    <SafeAreaProvider>
      <SafeAreaView style={{ flex: 1, backgroundColor: background }}>
        {refusal !== undefined && (
          <Card>
            <Body role="alert">{refusal}</Body>
            <Button label={texts.dismiss} onPress={() => setRefusal(undefined)} />
          </Card>
        )}
        {account === null && (
          <QueryClientProvider client={signInQueries}>
            <SignInScreen onSignIn={signIn} />
          </QueryClientProvider>
        )}
        {account && (
          <PersistQueryClientProvider
            client={account.queryClient}
            persistOptions={{ persister: account.persister, dehydrateOptions }}
          >
            <AccountProvider value={account}>
              <Navigation
                onSignOut={() => void signOut({ forget: false })}
                onDeleted={() => void signOut({ forget: true })}
              />
            </AccountProvider>
          </PersistQueryClientProvider>
        )}
      </SafeAreaView>
    </SafeAreaProvider>
  );
}
