import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Race } from '@lockin/sdk';
import { setTimeout as sleep } from 'node:timers/promises';
import { ana, ben } from '../../local/demo-users.js';
import { endAll, getAs, launch, projectFolder, remove } from '../local/local-api.js';
import { startBrowser, type TestBrowser } from '../support/browser.js';
import { APP_ORIGIN, type ExpoWindow, openExpoApp } from './expo-window.js';

const GROUP = 'Night shift';

let folder: string;
let url: string;
let chromium: TestBrowser | undefined;
let anas: ExpoWindow;
let bens: ExpoWindow;

beforeAll(async () => {
  folder = await projectFolder();
  const api = launch(folder, { CORS_ORIGINS: APP_ORIGIN });
  chromium = await startBrowser();
  url = await api.url;
  [anas, bens] = await Promise.all([openExpoApp(chromium.browser, url), openExpoApp(chromium.browser, url)]);
}, 120_000);
afterAll(async () => {
  await Promise.all([chromium?.stop(), endAll()]);
  await remove(folder);
});

/**
 * The tests build on each other. `examples/expo/check.sh` runs them after the export of the app, which is no part of the
 * API's build.
 */
describe('The Expo app, in a window of Ana and one of Ben', () => {
  let startedAt: number;
  let stoppedAt: number;

  it('signs in, creates a group, and invites by e-mail', async () => {
    await anas.button(`Sign in as ${ana.email}`).click();
    await anas.button('New group').click();
    await anas.page.getByLabel('Name', { exact: true }).fill(GROUP);
    await anas.button('Create group').click();
    await anas.button('Invite somebody').click();
    await anas.page.getByLabel('E-mail address').fill(ben.email);
    await anas.button('Find').click();
    await anas.page.getByRole('button', { name: /^Invite .*Ben/ }).click();
    await anas.page.getByText(/Ben.* is invited/).waitFor();
    await anas.button('Back').click();
  }, 60_000);

  it('shows the invite to Ben, who accepts it', async () => {
    await bens.button(`Sign in as ${ben.email}`).click();
    await bens.tab('Inbox').click();
    await bens.page.getByText(GROUP).first().waitFor();
    await bens.button('Accept').first().click();
    await bens.page.getByText('Accepted', { exact: true }).waitFor();
    await bens.tab('Groups').click();
    await bens.page.getByRole('link', { name: GROUP }).click();
    await bens.shows('Ana', 'resting');
  }, 60_000);

  it('stops the timer of the demo data, which runs in another group', async () => {
    await anas.button('Stop it').click();
    await anas.page.getByText('Your timer is running in another group.').waitFor({ state: 'detached' });
  });

  it('shows to Ben at once that Ana has started', async () => {
    startedAt = Date.now();
    await anas.button('Start').click();
    await anas.page.getByText('You are focusing.').waitFor();
    await bens.shows('Ana', 'focusing');
    const before = await bens.seconds('Ana');
    await sleep(2_500);
    expect(await bens.seconds('Ana')).toBeGreaterThan(before);
  }, 60_000);

  it('stops the timer without a network, also after a restart', async () => {
    await anas.page.context().setOffline(true);
    await anas.page.getByText('Waiting for the network').waitFor();
    await anas.page.reload();
    await anas.page.getByRole('link', { name: GROUP }).click();
    await anas.page.getByText('You are focusing.').waitFor();
    stoppedAt = Date.now();
    await anas.button('Stop').click();
    await anas.page.getByText('You are resting.').waitFor();
    await anas.page.getByText('One action waits for the network.').waitFor();
    await sleep(4_000);
    await bens.shows('Ana', 'focusing');
  }, 60_000);

  it('sends the stop when the network is back, and counts the time until the tap', async () => {
    await anas.page.context().setOffline(false);
    await bens.shows('Ana', 'resting');
    await anas.page.getByText('waits for the network').waitFor({ state: 'detached' });
    const seconds = Math.floor((stoppedAt - startedAt) / 1_000);
    const [group] = await getAs<{ id: string }[]>(url, ana.email, '/api/groups?limit=1');
    const race = await getAs<Race>(url, ben.email, `/api/groups/${group!.id}/progress/current`);
    const counted = race.find(({ display_name }) => display_name === 'Ana')!.seconds_done;
    // A click takes up to a second on a busy machine.
    expect(Math.abs(counted - seconds)).toBeLessThanOrEqual(1);
    expect(await bens.seconds('Ana')).toBe(counted);
    await anas.shows('Ana', 'resting');
    expect(await anas.seconds('Ana')).toBe(counted);
  }, 60_000);

  it('uploads a picture, which Ben sees in the race', async () => {
    await anas.tab('You').click();
    const chooser = anas.page.waitForEvent('filechooser');
    await anas.button('Choose a picture').click();
    const buffer = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
      'base64',
    );
    await (await chooser).setFiles({ name: 'ana.png', mimeType: 'image/png', buffer });
    await anas.page.getByRole('img', { name: 'Your picture' }).first().waitFor();
    await bens.page.reload();
    await bens.page.getByRole('link', { name: GROUP }).click();
    await bens.lane('Ana').locator('img').waitFor({ state: 'attached' });
  }, 60_000);

  it('deletes the account after a confirmation', async () => {
    await bens.tab('You').click();
    await bens.button('Delete my account').click();
    await bens.button('Delete everything').click();
    await bens.button(`Sign in as ${ben.email}`).waitFor();
    await anas.tab('Groups').click();
    await bens.page.context().close();
    await anas.lane('Ben').waitFor({ state: 'detached' });
  }, 60_000);

  it('reports no error in the console', () => {
    expect([...anas.pageErrors, ...bens.pageErrors]).toEqual([]);
  });
});
