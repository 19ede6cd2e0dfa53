import NetInfo, { type NetInfoState } from '@react-native-community/netinfo';
import type { RecordSession } from '@lockin/sdk';
import { screen, userEvent, waitFor } from '@testing-library/react-native';
import { http, HttpResponse } from 'msw';
import { apiUrl } from '../src/config';
import { groupOfExamples, openApp } from './open-app';
import { server } from './server';

it('works without a network, and records the session later', async () => {
  let recorded: RecordSession | undefined;
  let isOnline = false;
  server.use(
    http.get(`${apiUrl}/api/groups/:id`, async () => HttpResponse.json({ ...(await groupOfExamples()), sessions: [] })),
    http.post(/\/api\/sessions/, async ({ request }) => {
      if (!isOnline) return HttpResponse.error();
      recorded = (await request.json()) as RecordSession;
      return undefined;
    }),
  );
  await openApp();
  await userEvent.press(await screen.findByRole('link', { name: /Deep Work October/ }));
  await userEvent.press(await screen.findByRole('button', { name: 'Start' }));
  expect(await screen.findByText('You are focusing.')).toBeVisible();
  expect(await screen.findByText('2 actions wait for the network.')).toBeVisible();

  await userEvent.press(screen.getByRole('button', { name: 'Stop' }));
  expect(await screen.findByText('You are resting.')).toBeVisible();

  isOnline = true;
  for (const [listener] of jest.mocked(NetInfo.addEventListener).mock.calls)
    listener({ isConnected: true } as NetInfoState);
  await waitFor(() => expect(screen.queryByText(/wait for the network/)).toBeNull());
  expect(recorded).toMatchObject({ group_id: (await groupOfExamples()).id, segments: [expect.anything()] });
});
