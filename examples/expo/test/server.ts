/** The API as the contract's examples show it. A test replaces the responses that it is about. */
import AsyncStorage from '@react-native-async-storage/async-storage';
import { handlers } from '@lockin/sdk/msw';
import { configure } from '@testing-library/react-native';
import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/native';
import { apiUrl } from '../src/config';

// More than the second of the default, because CI has other work as well.
configure({ asyncUtilTimeout: 15_000 });

export const server = setupServer(
  http.post(`${apiUrl}/local/token`, () => HttpResponse.json({ access_token: 'a-token' })),
  ...handlers(apiUrl),
);

beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
afterEach(async () => {
  server.resetHandlers();
  await AsyncStorage.clear();
});
afterAll(() => server.close());
