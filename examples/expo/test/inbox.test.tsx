import type { Notification } from '@lockin/sdk';
import { screen, userEvent } from '@testing-library/react-native';
import { http, HttpResponse } from 'msw';
import { apiUrl } from '../src/config';
import { exampleOf, openApp } from './open-app';
import { server } from './server';

it('accepts an invite, and shows the answer', async () => {
  const [invite] = await exampleOf<[Notification]>('/api/notifications');
  let status: Notification['status'] = 'pending';
  server.use(
    http.get(`${apiUrl}/api/notifications`, () => HttpResponse.json([{ ...invite, status }])),
    http.post(/:accept$/, ({ request }) => {
      if (request.url.includes(invite.id)) status = 'accepted';
      return undefined;
    }),
  );
  await openApp();
  await userEvent.press(await screen.findByText('Inbox'));
  expect(await screen.findByText(invite.title)).toBeVisible();
  await userEvent.press(screen.getByRole('button', { name: 'Accept' }));
  expect(await screen.findByText('Accepted')).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Accept' })).toBeNull();
});
