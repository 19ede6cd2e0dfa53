import { screen, userEvent } from '@testing-library/react-native';
import { openApp } from './open-app';

it('signs in as a demo user, and shows the groups', async () => {
  await openApp({ signedIn: false });
  await userEvent.press(await screen.findByRole('button', { name: 'Sign in as ana@lockin.example' }));
  expect(await screen.findByRole('link', { name: /Deep Work October/ })).toBeVisible();
});
