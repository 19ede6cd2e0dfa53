import { screen, userEvent, within } from '@testing-library/react-native';
import { openApp } from './open-app';

it('shows the own days as a calendar, and as a table on request', async () => {
  await openApp();
  await userEvent.press(await screen.findByText('You'));
  expect(await screen.findByText('Current streak: 2 days. Best: 9 days.')).toBeVisible();
  expect(
    screen.getByRole('img', { name: 'Calendar of your last 12 weeks. In all: 1 hour 51 minutes.' }),
  ).toBeOnTheScreen();
  expect(screen.queryByLabelText('Your time')).toBeNull();

  await userEvent.press(screen.getByRole('button', { name: 'Show as a table' }));
  const rows = within(screen.getByLabelText('Your time'));
  for (const time of ['21 minutes', '1 hour 30 minutes', '0 minutes']) expect(rows.getByText(time)).toBeOnTheScreen();
});
