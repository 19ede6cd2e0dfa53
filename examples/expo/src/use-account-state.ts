import AsyncStorage from '@react-native-async-storage/async-storage';
import { unwrap } from '@lockin/sdk';
import { useEffect, useState } from 'react';
import { type Account, openAccount } from './account';
import { lockin, onSignedOut } from './lockin';
import { signOut as forgetTokens } from './sign-in/sign-in';

/** The id of the signed-in user, which is known at the start of the app also without a network. */
const KEY = 'lockin.user';

export interface AccountState {
  /** Null if nobody is signed in, undefined until that is known. */
  account: Account | null | undefined;
  signIn: (signIn: () => Promise<boolean>) => Promise<void>;
  signOut: (options: { forget: boolean }) => Promise<void>;
}

export function useAccountState(onRefused: (message: string) => void): AccountState {
  const [account, setAccount] = useState<Account | null>();

  useEffect(() => {
    void AsyncStorage.getItem(KEY).then((id) => setAccount(id === null ? null : openAccount(id, onRefused)));
  }, [onRefused]);

  const signIn: AccountState['signIn'] = async (openSignIn) => {
    if (!(await openSignIn())) return;
    const { id } = await unwrap(lockin.api.GET('/api/me'));
    await AsyncStorage.setItem(KEY, id);
    setAccount(openAccount(id, onRefused));
    lockin.signedIn();
  };

  const signOut: AccountState['signOut'] = async (options) => {
    setAccount(null);
    await Promise.all([forgetTokens(), AsyncStorage.removeItem(KEY), account?.close(options)]);
  };

  useEffect(() => onSignedOut(() => void signOut({ forget: false })));

  return { account, signIn, signOut };
}
