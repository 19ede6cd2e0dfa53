import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLockInClient, type LockInClient, unwrap, uploadAvatar } from '@lockin/sdk';
import { setTimeout as sleep } from 'node:timers/promises';
import { ana, chloe, demoPeople, type DemoPerson } from '../../local/people.js';
import { end, endAll, launch, type LocalApi, projectFolder, remove, signIn } from '../local/local-api.js';
import { startBrowser, type TestBrowser } from '../support/browser.js';
import { findings, openRace, openRaceAs, type RaceWindow } from './race-window.js';

/** Between a click in one window and what the other shows, on a machine that has other things to do. */
const SOON = { timeout: 3_000 };
const PHONE = { width: 360, height: 740 };

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

async function client({ email }: DemoPerson): Promise<LockInClient> {
  const { access_token } = (await (await signIn(url, email)).json()) as { access_token: string };
  return createLockInClient({ baseUrl: url, token: () => access_token });
}

/** One story: Ana's session with Ben has been running since before, Chloé has come to race them. */
describe('Two people with a window each', () => {
  let anas: RaceWindow;
  let chloes: RaceWindow;

  const sees = (window: RaceWindow, name: string, state: string): Promise<void> =>
    window.lane(name).getByText(state, { exact: true }).waitFor(SOON);

  it('choose who they are without typing anything', async () => {
    const window = await openRace(browser(), url);
    for (const { name } of demoPeople) await window.page.getByRole('button', { name }).waitFor();
    expect(await window.page.locator('input').count()).toBe(0);
    await window.page.context().close();

    [anas, chloes] = await Promise.all([openRaceAs(browser(), url, 'Ana'), openRaceAs(browser(), url, 'Chloé')]);
    await chloes.page.getByRole('heading', { level: 1, name: 'Thesis sprint' }).waitFor();
    await anas.page.getByRole('heading', { level: 1, name: 'Thesis sprint' }).waitFor();
  });

  it('see the time of those who run count on, and nobody else’s', async () => {
    await sees(chloes, 'Ana', 'running');
    await sees(chloes, 'Chloé', 'resting');
    const [before, resting] = [await chloes.seconds('Ana'), await chloes.seconds('Chloé')];
    await sleep(3_000);
    expect((await chloes.seconds('Ana')) - before).toBeGreaterThanOrEqual(2);
    expect(await chloes.seconds('Chloé')).toBe(resting);
  });

  it('see each other start, pause, go on and stop', async () => {
    await chloes.button('Start').click();
    await sees(anas, 'Chloé', 'running');
    await anas.says('Chloé started running.');
    await chloes.button('Pause').click();
    await sees(anas, 'Chloé', 'resting');
    await chloes.button('Resume').click();
    await sees(anas, 'Chloé', 'running');
    await chloes.button('Stop').click();
    await sees(anas, 'Chloé', 'resting');

    await anas.button('Pause').click();
    await sees(chloes, 'Ana', 'resting');
    await sees(chloes, 'Ben', 'resting');
    await anas.button('Resume').click();
    await sees(chloes, 'Ben', 'running');
  });

  it('agree about the seconds', async () => {
    await chloes.button('Start').click();
    await sees(anas, 'Chloé', 'running');
    const [shown, seen] = await Promise.all([chloes.seconds('Chloé'), anas.seconds('Chloé')]);
    expect(Math.abs(shown - seen)).toBeLessThanOrEqual(1);
  });

  it('go on by themselves after the API was restarted', async () => {
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
    await sees(anas, 'Chloé', 'resting');
  }, 60_000);

  it('go on by themselves after the network was lost', async () => {
    await anas.page.context().setOffline(true);
    await anas.says('counting on');
    await chloes.button('Resume').click();
    await sees(chloes, 'Chloé', 'running');
    await sees(anas, 'Chloé', 'resting');

    await anas.page.context().setOffline(false);
    await anas.says('Live');
    await sees(anas, 'Chloé', 'running');
    await chloes.button('Stop').click();
    await sees(anas, 'Chloé', 'resting');
  });

  it('are told when a click did not get through', async () => {
    const { page, button } = chloes;
    await page.context().setOffline(true);
    await button('Start').click();
    await page.getByRole('alert').getByText('did not get through').waitFor();
    await page.context().setOffline(false);
    await chloes.says('Live');
    await button('Start').click();
    await page.getByRole('alert').waitFor({ state: 'detached' });
    await sees(anas, 'Chloé', 'running');
    await button('Stop').click();
  });

  it('see each other’s avatar', async () => {
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

  it('find an invite in the inbox, accept it, and are in that race', async () => {
    const { api: anasApi } = await client(ana);
    const { id: recipient_id } = await unwrap((await client(chloe)).api.GET('/api/me'));
    const body = {
      name: 'Night owls',
      end_at: '2027-01-01T00:00:00Z',
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
    await sees(chloes, 'Ana', 'resting');
    await chloes.page.getByLabel('Group').selectOption('Thesis sprint');
    await sees(chloes, 'Ana', 'running');
  });

  it('have met no error and no violation of the content security policy, and asked nobody else', async () => {
    // What Chromium notes by itself while there is no network.
    const isExpected = (complaint: string): boolean => /ERR_|status of 503/.test(complaint);
    for (const { complaints, origins } of [anas, chloes]) {
      expect(complaints.filter((complaint) => !isExpected(complaint))).toEqual([]);
      const files = new URL((await unwrap((await client(ana)).api.GET('/api/me'))).avatar_url!).origin;
      expect([...origins].filter((origin) => origin !== files)).toEqual([url]);
    }
  });
});

describe('Somebody with a keyboard', () => {
  it('gets everywhere in the order of the page, sees where they are, and keeps the place when a button changes', async () => {
    const { page, button, lane, says } = await openRace(browser(), url);
    await page.getByRole('button', { name: 'Dev' }).waitFor();
    for (let count = 0; count < 4; count++) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await says('Live');
    await button('Start').waitFor();

    const stops: string[] = [];
    for (let count = 0; count < 4; count++) {
      await page.keyboard.press('Tab');
      const focused = page.locator(':focus');
      stops.push(await focused.evaluate((element) => element.closest('label, button')!.textContent));
      expect(await focused.evaluate((element) => getComputedStyle(element).outlineStyle)).toBe('solid');
    }
    expect(stops).toEqual(['Group', 'Dev', 'Start', 'Stop'].map((name) => expect.stringContaining(name)));

    await page.keyboard.press('Shift+Tab');
    for (const next of ['Pause', 'Resume', 'Pause']) {
      await page.keyboard.press('Enter');
      await button(next).waitFor();
      expect(await page.locator(':focus').innerText()).toBe(next);
    }
    await lane('Dev').getByText('running', { exact: true }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await button('Start').waitFor();
    expect(await page.locator(':focus').innerText()).toBe('Stop');
    await lane('Dev').getByText('resting', { exact: true }).waitFor();
    await page.context().close();
  });
});

describe.each([
  ['light', 'wide', { width: 1120, height: 760 }],
  ['dark', 'wide', { width: 1120, height: 760 }],
  ['light', 'on a phone', PHONE],
  ['dark', 'on a phone', PHONE],
] as const)('In the %s, %s', (colorScheme, _size, viewport) => {
  it('axe finds nothing, nothing lies beyond the side, and nothing moves for who wants it still', async () => {
    const options = { colorScheme, viewport, reducedMotion: 'reduce' } as const;
    const { page, says } = await openRace(browser(), url, options);
    await page.getByRole('button', { name: 'Ana' }).waitFor();
    expect(await findings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Ana' }).click();
    await says('Live');
    await page.getByRole('complementary').getByRole('listitem').first().waitFor();
    expect(await findings(page)).toEqual([]);
    expect(await page.evaluate(() => [document.documentElement.scrollWidth, document.getAnimations().length])).toEqual([
      viewport.width,
      0,
    ]);
    await page.context().close();
  });
});
