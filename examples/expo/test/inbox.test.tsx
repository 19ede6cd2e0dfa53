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
  await userEvent.press(await screen.findByRole('tab', { name: /^Inbox/ }));
  expect(await screen.findByText(/Ana.* invites you to join .*Deep Work October/)).toBeVisible();
  await userEvent.press(screen.getByRole('button', { name: 'Accept' }));
  expect(await screen.findByText('Accepted')).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Accept' })).toBeNull();
});

it('shows an event that it does not know in the words of the API', async () => {
  const [invite] = await exampleOf<[Notification]>('/api/notifications');
  const unknown = {
    ...invite,
    kind: 'generic',
    data: { event: 'of_a_later_version' },
    title: 'New',
    body: 'Something.',
  };
  server.use(http.get(`${apiUrl}/api/notifications`, () => HttpResponse.json([unknown])));
  await openApp();
  await userEvent.press(await screen.findByRole('tab', { name: /^Inbox/ }));
  expect(await screen.findByText('New')).toBeVisible();
  expect(screen.getByText('Something.')).toBeVisible();
});
