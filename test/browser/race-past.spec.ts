import { beforeAll, describe, expect, it } from '@jest/globals';
import { type LockInClient, unwrap } from '@lockin/sdk';
import { dev } from '../../local/demo-users.js';
import { useRaceStack } from './race-stack.js';
import { findings, openRaceAs, type RaceWindow } from './race-window.js';

const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;
const stack = useRaceStack();

const openAs = (name: string, options = {}): Promise<RaceWindow> => openRaceAs(stack.browser, stack.url, name, options);

/** Time of yesterday and of the day before. */
async function addTime({ api }: LockInClient): Promise<void> {
  const body = {
    name: 'Two days',
    start_at: new Date(Date.now() - 5 * DAY_MS).toISOString(),
    end_at: new Date(Date.now() + 30 * DAY_MS).toISOString(),
    timezone: 'UTC',
    period: 'daily',
    period_target_minutes: 60,
  } as const;
  const { id: group_id } = await unwrap(api.POST('/api/groups', { body }));
  const today = Date.now() - (Date.now() % DAY_MS);
  for (const [daysAgo, minutes] of [
    [2, 30],
    [1, 90],
  ] as const) {
    const start = today - daysAgo * DAY_MS + 600 * MINUTE_MS;
    const segments = [
      { started_at: new Date(start).toISOString(), ended_at: new Date(start + minutes * MINUTE_MS).toISOString() },
    ];
    await unwrap(api.POST('/api/sessions:record', { body: { group_id, segments } }));
  }
}

const UTC = { timezoneId: 'UTC' };
const dayLabel = (daysAgo: number): string =>
  new Intl.DateTimeFormat('en', { timeZone: 'UTC', weekday: 'short', day: 'numeric', month: 'short' }).format(
    Date.now() - daysAgo * DAY_MS,
  );

describe('The race view, with time of the past', () => {
  beforeAll(async () => addTime(await stack.client(dev)));

  it('shows the past days of a group as bars and as a table, with streaks', async () => {
    const { page } = await openAs('Dev', UTC);
    await page.getByRole('heading', { name: 'Your past days' }).waitFor();
    await page.getByRole('img', { name: 'Goal met once in 6 periods' }).waitFor();
    expect(await page.locator('.bars rect').count()).toBe(6);
    expect(await page.locator('.bars [data-met="true"]').count()).toBe(1);
    await page.getByText('Current streak').locator('..').getByText('1 day').waitFor();

    await page.getByText('Show as a table').focus();
    await page.keyboard.press('Enter');
    const row = page.getByRole('table', { name: 'Your past days' }).getByRole('row', { name: dayLabel(1) });
    expect(await row.getByRole('cell').allInnerTexts()).toEqual(['1 hr 30 min', '1 hr', 'goal met']);
    expect(await findings(page)).toEqual([]);
    await page.context().close();
  });

  it.each(['light', 'dark'] as const)('shows a calendar of the own days as a table too, %s', async (colorScheme) => {
    const { page } = await openAs('Dev', { ...UTC, colorScheme });
    await page.getByRole('link', { name: 'Your time' }).click();
    await page.getByRole('img', { name: /^Calendar of your days/ }).waitFor();
    const days = await page.locator('.calendar rect').count();
    expect(days).toBeGreaterThan(77);
    expect(days).toBeLessThanOrEqual(84);
    await page.getByText('Show as a table').focus();
    await page.keyboard.press('Enter');
    const table = page.getByRole('table', { name: 'Your time' });
    expect(
      await table
        .getByRole('row', { name: dayLabel(2) })
        .getByRole('cell')
        .innerText(),
    ).toBe('30 min');
    expect(await table.getByRole('row').count()).toBe(days + 1);
    expect(await findings(page)).toEqual([]);
    await page.context().close();
  });
});
