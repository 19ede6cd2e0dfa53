import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type LockInClient, unwrap, uploadAvatar } from '@lockin/sdk';
import { setTimeout as sleep } from 'node:timers/promises';
import { ana, chloe, demoUsers, type DemoUser } from '../../local/demo-users.js';
import { end, endAll, launch, type LocalApi, projectFolder, remove } from '../local/local-api.js';
import { startBrowser, type TestBrowser } from '../support/browser.js';
import { clientOf } from './race-stack.js';
import { openRace, openRaceAs, type RaceWindow } from './race-window.js';

/** How long a change may take to be shown in the other window, on a busy machine. */
const CHANGE_TIMEOUT = { timeout: 3_000 };

let folder: string;
let api: LocalApi;
let url: string;
let chromium: TestBrowser | undefined;

beforeAll(async () => {
  folder = await projectFolder();
  api = launch(folder);
  chromium = await startBrowser();
  url = await api.url;
});
afterAll(async () => {
  await Promise.all([chromium?.stop(), endAll()]);
  await remove(folder);
});

const browser = (): TestBrowser['browser'] => chromium!.browser;

const client = ({ email }: DemoUser): Promise<LockInClient> => clientOf(url, email);

/** The tests build on each other. At first Ana's session with Ben is running, and Chloé is resting. */
describe('The race view, in a window of Ana and one of Chloé', () => {
  let anas: RaceWindow;
  let chloes: RaceWindow;

  const shows = (window: RaceWindow, name: string, state: string): Promise<void> =>
    window.lane(name).getByText(state, { exact: true }).waitFor(CHANGE_TIMEOUT);

  it('signs in with a click on a person, without typing', async () => {
    const window = await openRace(browser(), url);
    for (const { name } of demoUsers) await window.page.getByRole('button', { name }).waitFor();
    expect(await window.page.locator('input').count()).toBe(0);
    await window.page.context().close();

    [anas, chloes] = await Promise.all([openRaceAs(browser(), url, 'Ana'), openRaceAs(browser(), url, 'Chloé')]);
    await chloes.page.getByRole('heading', { level: 1, name: 'Thesis sprint' }).waitFor();
    await anas.page.getByRole('heading', { level: 1, name: 'Thesis sprint' }).waitFor();
  });

  it('counts the seconds of running members, and only theirs', async () => {
    await shows(chloes, 'Ana', 'running');
    await shows(chloes, 'Chloé', 'resting');
    const [before, resting] = [await chloes.seconds('Ana'), await chloes.seconds('Chloé')];
    await sleep(3_000);
    expect((await chloes.seconds('Ana')) - before).toBeGreaterThanOrEqual(2);
    expect(await chloes.seconds('Chloé')).toBe(resting);
  });

  it('shows in both windows when a member starts, pauses, resumes and stops', async () => {
    await chloes.button('Start').click();
    await shows(anas, 'Chloé', 'running');
    await anas.says('Chloé started running.');
    await chloes.button('Pause').click();
    await shows(anas, 'Chloé', 'resting');
    await chloes.button('Resume').click();
    await shows(anas, 'Chloé', 'running');
    await chloes.button('Stop').click();
    await shows(anas, 'Chloé', 'resting');

    await anas.button('Pause').click();
    await shows(chloes, 'Ana', 'resting');
    await shows(chloes, 'Ben', 'resting');
    await anas.button('Resume').click();
    await shows(chloes, 'Ben', 'running');
  });

  it('shows the same seconds in both windows', async () => {
    await chloes.button('Start').click();
    await shows(anas, 'Chloé', 'running');
    const [own, other] = await Promise.all([chloes.seconds('Chloé'), anas.seconds('Chloé')]);
    expect(Math.abs(own - other)).toBeLessThanOrEqual(1);
  });

  it('reconnects after a restart of the API, and keeps counting meanwhile', async () => {
    const port = new URL(url).port;
    await end(api, 'SIGTERM');
    await Promise.all([anas.says('counting on'), chloes.says('counting on')]);
    const before = await anas.seconds('Ana');
    await sleep(2_500);
    expect(await anas.seconds('Ana')).toBeGreaterThan(before);

    api = launch(folder, { PORT: port });
    await api.url;
    await Promise.all([anas.says('Live'), chloes.says('Live')]);
    await chloes.button('Pause').click();
    await shows(anas, 'Chloé', 'resting');
  }, 60_000);

  it('reconnects after a loss of the network', async () => {
    await anas.page.context().setOffline(true);
    await anas.says('counting on');
    await chloes.button('Resume').click();
    await shows(chloes, 'Chloé', 'running');
    await shows(anas, 'Chloé', 'resting');

    await anas.page.context().setOffline(false);
    await anas.says('Live');
    await shows(anas, 'Chloé', 'running');
    await chloes.button('Stop').click();
    await shows(anas, 'Chloé', 'resting');
  });

  it('keeps presses without a network, runs the own lane meanwhile, and sends them with their times', async () => {
    const { page, button } = chloes;
    await page.context().setOffline(true);
    const before = await chloes.seconds('Chloé');
    await button('Start').click();
    await shows(chloes, 'Chloé', 'running');
    await chloes.says('Kept until it is sent: 1 press.');
    await sleep(2_000);
    expect(await chloes.seconds('Chloé')).toBeGreaterThanOrEqual(before + 2);
    const own = page.getByRole('group', { name: 'Your session' }).locator('time [aria-hidden]');
    expect(await own.innerText()).toMatch(/^0:00:0[2-9]$/);
    // The device's clock is set back by an hour.
    await page.evaluate(() => {
      const now = Date.now.bind(Date);
      Date.now = () => now() - 3_600_000;
    });
    await sleep(1_500);
    expect(await own.innerText()).toMatch(/^0:00:(0[3-9]|1\d)$/);
    expect(await chloes.seconds('Chloé')).toBeGreaterThanOrEqual(before + 3);
    await button('Stop').click();
    await shows(chloes, 'Chloé', 'resting');
    const kept = await chloes.seconds('Chloé');
    await shows(anas, 'Chloé', 'resting');
    expect(await anas.seconds('Chloé')).toBe(before);

    await page.context().setOffline(false);
    await chloes.says('Live');
    for (const window of [anas, chloes]) {
      while ((await window.seconds('Chloé')) <= before) await sleep(100);
      // Whole seconds are added here, and whole milliseconds by the API.
      expect(Math.abs((await window.seconds('Chloé')) - kept)).toBeLessThanOrEqual(1);
    }
  });

  it('keeps presses over a reload', async () => {
    const { page, button } = chloes;
    await page.route('**/api/sessions*', (route) => route.abort());
    await button('Start').click();
    await chloes.says('Kept until it is sent: 1 press.');
    await page.reload();
    await shows(chloes, 'Chloé', 'running');
    await shows(anas, 'Chloé', 'resting');
    await page.unroute('**/api/sessions*');
    await shows(anas, 'Chloé', 'running');
    await button('Stop').click();
    await shows(anas, 'Chloé', 'resting');
  });

  it('shows the avatars of other members', async () => {
    const png = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
      'base64',
    );
    await uploadAvatar(await client(ana), new Blob([png], { type: 'image/png' }));
    await chloes.page.reload();
    const image = chloes.lane('Ana').locator('img');
    await image.waitFor();
    expect(await image.evaluate((element: HTMLImageElement) => element.naturalWidth)).toBe(1);
  });

  it('opens the race of a group after its invite is accepted in the inbox', async () => {
    const { api: anasApi } = await client(ana);
    const { id: recipient_id } = await unwrap((await client(chloe)).api.GET('/api/me'));
    const body = {
      name: 'Night owls',
      end_at: '2099-01-01T00:00:00Z',
      period: 'daily',
      period_target_minutes: 60,
      timezone: 'UTC',
    } as const;
    const { id } = await unwrap(anasApi.POST('/api/groups', { body }));
    await unwrap(anasApi.POST('/api/groups/{id}:invite', { params: { path: { id } }, body: { recipient_id } }));

    const invite = chloes.page
      .getByRole('complementary', { name: 'Inbox' })
      .getByRole('listitem')
      .filter({ hasText: 'Night owls' });
    await invite.getByRole('button', { name: 'Accept' }).click();
    await invite.getByText('accepted').waitFor();
    await chloes.page.getByRole('heading', { level: 1, name: 'Night owls' }).waitFor();
    await shows(chloes, 'Ana', 'resting');
    await chloes.page.getByLabel('Group').selectOption('Thesis sprint');
    await shows(chloes, 'Ana', 'running');
  });

  it('leads to the session that is running already', async () => {
    await chloes.page.getByLabel('Group').selectOption('Thesis sprint');
    await chloes.button('Start').click();
    await chloes.page.getByText('Your session is running.').waitFor();
    await shows(chloes, 'Chloé', 'running');
    await chloes.page.getByLabel('Group').selectOption('Night owls');
    await chloes.page.getByRole('heading', { level: 1, name: 'Night owls' }).waitFor();
    await chloes.button('Start').click();
    await chloes.page.getByRole('alert').waitFor();
    await chloes.page.getByRole('link', { name: 'Go to your running session' }).click();
    await chloes.page.getByRole('heading', { level: 1, name: 'Thesis sprint' }).waitFor();
    await chloes.page.getByText('Your session is running.').waitFor();
    expect(await chloes.page.getByRole('alert').count()).toBe(0);
    await chloes.button('Stop').click();
    await shows(chloes, 'Chloé', 'resting');
  });

  it('has no errors, no violations of the content security policy, and no requests to other origins', async () => {
    // Chromium logs failed requests, while there is no network and of a session that is running already.
    const isExpected = (message: string): boolean => /ERR_|status of (409|503)/.test(message);
    for (const { consoleErrors, origins } of [anas, chloes]) {
      expect(consoleErrors.filter((message) => !isExpected(message))).toEqual([]);
      const files = new URL((await unwrap((await client(ana)).api.GET('/api/me'))).avatar_url!).origin;
      expect([...origins].filter((origin) => origin !== files)).toEqual([url]);
    }
  });
});
