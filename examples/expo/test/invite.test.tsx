import type { Problem } from '@lockin/sdk';
import { screen, userEvent } from '@testing-library/react-native';
import { http, HttpResponse } from 'msw';
import { apiUrl } from '../src/config';
import { openApp } from './open-app';
import { server } from './server';

it('says that nobody has the address, and invites the person who has', async () => {
  const problem = { status: 404, code: 'not_found', detail: 'Nobody has this address.' } as Problem;
  server.use(
    http.get(`${apiUrl}/api/profiles/lookup`, ({ request }) =>
      request.url.includes('ben%40lockin.example') ? undefined : HttpResponse.json(problem, { status: 404 }),
    ),
  );
  await openApp();
  await userEvent.press(await screen.findByRole('link', { name: /Deep Work October/ }));
  await userEvent.press(await screen.findByRole('button', { name: 'Invite somebody' }));
  const field = await screen.findByLabelText('E-mail address');
  await userEvent.type(field, 'ban@lockin.example');
  await userEvent.press(screen.getByRole('button', { name: 'Find' }));
  expect(await screen.findByRole('alert')).toHaveTextContent('Nobody has this address.');

  await userEvent.clear(field);
  await userEvent.type(field, 'ben@lockin.example');
  await userEvent.press(screen.getByRole('button', { name: 'Find' }));
  await userEvent.press(await screen.findByRole('button', { name: /^Invite .*Ben/ }));
  expect(await screen.findByText(/Ben.* is invited/)).toBeVisible();
});
