import AsyncStorage from '@react-native-async-storage/async-storage';
import type { GroupDetail } from '@lockin/sdk';
import { handlers } from '@lockin/sdk/msw';
import { render } from '@testing-library/react-native';
import { getResponse } from 'msw';
import { App } from '../src/app';
import { apiUrl } from '../src/config';

/** Opens the app, by default as the user of the contract's examples. */
export async function openApp({ signedIn = true } = {}): Promise<void> {
  if (signedIn) {
    await AsyncStorage.setItem('lockin.demo-user', 'ana@lockin.example');
    await AsyncStorage.setItem('lockin.user', (await exampleOf<{ id: string }>('/api/me')).id);
  }
  await render(<App />);
}

export const groupOfExamples = (): Promise<GroupDetail> => exampleOf('/api/groups/any');

/** The contract's example of a response. */
export async function exampleOf<Body>(path: string): Promise<Body> {
  const response = await getResponse(handlers(apiUrl), new Request(`${apiUrl}${path}`));
  return (await response?.json()) as Body;
}
