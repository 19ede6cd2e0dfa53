import AsyncStorage from '@react-native-async-storage/async-storage';
import { act, screen, userEvent } from '@testing-library/react-native';
import { http } from 'msw';
import { apiUrl } from '../src/config';
import { openApp } from './open-app';
import { server } from './server';

it('deletes the account after a confirmation, and forgets the user', async () => {
  let deletions = 0;
  server.use(
    http.delete(`${apiUrl}/api/me`, () => {
      deletions++;
    }),
  );
  await openApp();
  await userEvent.press(await screen.findByText('You'));
  await userEvent.press(await screen.findByRole('button', { name: 'Delete my account' }));
  await userEvent.press(await screen.findByRole('button', { name: 'Keep my account' }));
  expect(deletions).toBe(0);

  await userEvent.press(await screen.findByRole('button', { name: 'Delete my account' }));
  await userEvent.press(await screen.findByRole('button', { name: 'Delete everything' }));
  expect(await screen.findByRole('button', { name: 'Sign in as ana@lockin.example' })).toBeVisible();
  expect(deletions).toBe(1);
  // Responses are stored up to a second late.
  await act(() => new Promise((resolve) => setTimeout(resolve, 1_500)));
  expect(await AsyncStorage.getAllKeys()).toEqual([]);
});
