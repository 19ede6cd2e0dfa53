import { describe, expect, it } from '@jest/globals';
import { unwrap } from '@lockin/sdk';
import { setTimeout as sleep } from 'node:timers/promises';
import { chloe, dev, maya } from '../../local/demo-users.js';
import { useRaceStack } from './race-stack.js';
import { findings, openRaceAs, type RaceWindow } from './race-window.js';

const DAILY = { period: 'daily', period_target_minutes: 60 } as const;
const stack = useRaceStack();

const openAs = (name: string, options = {}): Promise<RaceWindow> => openRaceAs(stack.browser, stack.url, name, options);

/** The tests build on each other. */
describe('The race view, for the groups of Dev and Chloé', () => {
  let devs: RaceWindow;
  let chloes: RaceWindow;

  it('creates a group, with the time zone of the browser, and opens it', async () => {
    devs = await openAs('Dev', { timezoneId: 'Asia/Tokyo' });
    const { page, button } = devs;
    await page.getByRole('link', { name: 'New group' }).click();
    await page.getByRole('heading', { level: 1, name: 'New group' }).waitFor();
    expect(await page.getByLabel('Time zone').inputValue()).toBe('Asia/Tokyo');
    await page.getByLabel('Name').fill('Early birds');
    await page.getByLabel('Target for each').selectOption('Day');
    await page.getByLabel('Target in minutes').fill('45');
    await page.getByLabel('Last day').fill('2099-12-31');
    expect(await findings(page)).toEqual([]);
    await button('Create group').click();
    await page.getByRole('heading', { level: 1, name: 'Early birds' }).waitFor();
    await page.getByText('45 min a day').waitFor();

    const { api } = await stack.client(dev);
    const [group] = await unwrap(api.GET('/api/groups'));
    expect(group).toMatchObject({
      name: 'Early birds',
      timezone: 'Asia/Tokyo',
      period: 'daily',
      period_target_minutes: 45,
      end_at: '2099-12-31T15:00:00.000Z',
    });
  });

  it('shows what the API refuses at the field, and takes the focus there', async () => {
    const { page, button } = devs;
    await page.getByRole('link', { name: 'New group' }).click();
    await page.getByLabel('Name').fill('\u200B');
    await page.getByLabel('Last day').fill('2001-01-01');
    await button('Create group').click();
    await page.locator(':focus[aria-invalid="true"]').waitFor();
    for (const label of ['Name', 'Last day']) {
      const error = await page.getByLabel(label).getAttribute('aria-describedby');
      expect(await page.locator(`[id="${error}"]`).innerText()).toMatch(/\w/);
    }
    expect(await page.getByLabel('Name').evaluate((element) => element === document.activeElement)).toBe(true);
    expect(await page.getByLabel('Time zone').getAttribute('aria-invalid')).toBe('false');
    expect(await findings(page)).toEqual([]);
  });

  it('invites by e-mail address, and says at the field who cannot be invited', async () => {
    const { page, button, says } = devs;
    await page.getByRole('combobox', { name: 'Group' }).selectOption('Early birds');
    const email = page.getByLabel('Invite by e-mail address');
    for (const wrong of ['not an address', 'nobody@lockin.example', 'dev@lockin.example']) {
      await email.fill(wrong);
      await button('Invite').click();
      await page.locator(':focus[aria-invalid="true"]').waitFor();
    }
    expect(await findings(page)).toEqual([]);
    await email.fill('chloe@lockin.example');
    await button('Invite').click();
    await says('Chloé is invited.');
    expect(await email.inputValue()).toBe('');
    expect(await email.getAttribute('aria-invalid')).toBe('false');
  });

  it('joins by an accepted invite', async () => {
    chloes = await openAs('Chloé');
    const invite = chloes.page.getByRole('complementary').getByRole('listitem').filter({ hasText: 'Early birds' });
    await invite.getByRole('button', { name: 'Accept' }).click();
    await chloes.page.getByRole('heading', { level: 1, name: 'Early birds' }).waitFor();
    await devs.lane('Chloé').waitFor();
    expect(await chloes.page.getByLabel('Invite by e-mail address').count()).toBe(0);
  });

  it('leaves after a confirmation only', async () => {
    const { page, button } = chloes;
    await button('Leave group').click();
    await page.getByRole('dialog', { name: 'Early birds' }).waitFor();
    expect(await findings(page)).toEqual([]);
    await button('Stay').click();
    await button('Leave group').click();
    await page.keyboard.press('Escape');
    await devs.lane('Chloé').waitFor();
    await button('Leave group').click();
    await button('Leave').click();
    await page.getByRole('heading', { level: 1, name: 'Thesis sprint' }).waitFor();
    await devs.lane('Chloé').waitFor({ state: 'detached' });
    expect(await devs.page.getByRole('button', { name: 'Leave group' }).count()).toBe(0);
  });

  it('shows more of the inbox on request', async () => {
    const { api } = await stack.client(dev);
    const { id } = await unwrap(api.GET('/api/me'));
    const { api: chloesApi } = await stack.client(chloe);
    for (let count = 1; count <= 21; count++) {
      const body = { name: `Club ${count}`, end_at: '2099-01-01T00:00:00Z', timezone: 'UTC', ...DAILY } as const;
      const group = await unwrap(chloesApi.POST('/api/groups', { body }));
      const params = { path: { id: group.id } };
      await unwrap(chloesApi.POST('/api/groups/{id}:invite', { params, body: { recipient_id: id } }));
    }
    const inbox = devs.page.getByRole('complementary', { name: 'Inbox' });
    await inbox.getByText('Invitation to Club 21').waitFor();
    expect(await inbox.getByText('Invitation to Club 1', { exact: true }).count()).toBe(0);
    await inbox.getByRole('button', { name: 'Show more' }).click();
    await inbox.getByText('Invitation to Club 1', { exact: true }).waitFor();
  });

  it('says when a race begins, and does not count before', async () => {
    const { api: mayasApi } = await stack.client(maya);
    const start_at = new Date(Date.now() + 86_400_000).toISOString();
    const end_at = new Date(Date.now() + 9 * 86_400_000).toISOString();
    const body = {
      name: 'Tomorrow',
      start_at,
      end_at,
      timezone: 'UTC',
      ...DAILY,
    } as const;
    const { id: group_id } = await unwrap(mayasApi.POST('/api/groups', { body }));
    const { id } = await unwrap(mayasApi.POST('/api/sessions', { body: { group_id } }));
    await unwrap(mayasApi.POST('/api/sessions/{id}:start', { params: { path: { id } } }));

    const mayas = await openAs('Maya', { locale: 'en-GB', timezoneId: 'Europe/Berlin' });
    await mayas.page.getByLabel('Group').selectOption('Tomorrow');
    const expected = new Intl.DateTimeFormat('en-GB', {
      dateStyle: 'full',
      timeStyle: 'short',
      timeZone: 'Europe/Berlin',
    });
    await mayas.page.getByText(`Starts on ${expected.format(Date.parse(start_at))}`).waitFor();
    await mayas.lane('Maya').getByText('resting', { exact: true }).waitFor();
    expect(await mayas.seconds('Maya')).toBe(0);
    await sleep(2_000);
    expect(await mayas.seconds('Maya')).toBe(0);
    expect(await findings(mayas.page)).toEqual([]);
    await unwrap(mayasApi.POST('/api/sessions/{id}:stop', { params: { path: { id } } }));
    await mayas.page.context().close();
  });
});
