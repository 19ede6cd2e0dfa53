/** Sign-in as one of the demo users of the local stack, for development only. */
import AsyncStorage from '@react-native-async-storage/async-storage';
import { apiUrl } from '../config';

export const demoUsers = ['ana', 'ben', 'chloe', 'dev', 'maya'].map((name) => `${name}@lockin.example`);

const KEY = 'lockin.demo-user';
let current: Promise<string | null> | undefined;

export async function signInAs(email: string): Promise<boolean> {
  await AsyncStorage.setItem(KEY, email);
  current = undefined;
  return true;
}

export async function signOut(): Promise<void> {
  current = undefined;
  await AsyncStorage.removeItem(KEY);
}

/** The `token` of the client. */
export async function token({ refresh }: { refresh: boolean }): Promise<string | null> {
  if (refresh) current = undefined;
  const request = (current ??= fetchToken());
  // A failure is not kept: the next request tries again.
  request.catch(() => current === request && (current = undefined));
  return await request;
}

/** The demo users all have the same password. */
async function fetchToken(): Promise<string | null> {
  const username = await AsyncStorage.getItem(KEY);
  if (username === null) return null;
  const form = new URLSearchParams({ grant_type: 'password', username, password: 'lockin-demo' });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const response = await fetch(`${apiUrl}/local/token`, { method: 'POST', headers, body: form.toString() });
  if (!response.ok) throw new Error(`The local stack refused ${username}.`);
  return ((await response.json()) as { access_token: string }).access_token;
}
