import { describe, expect, it } from '@jest/globals';
import type { Response } from 'playwright-core';
import { tabTo as tabToElement } from './keyboard.js';
import { useRaceStack } from './race-stack.js';
import { findings, openRace, type RaceWindow } from './race-window.js';

const MAX_PAGE_BYTES = 100_000;
const stack = useRaceStack();

type Role = 'button' | 'link' | 'textbox' | 'combobox';

const tabTo = ({ page }: RaceWindow, role: Role, name: string): Promise<void> =>
  tabToElement(page, page.getByRole(role, { name }).first());

async function press(window: RaceWindow, role: 'button' | 'link', name: string): Promise<void> {
  await tabTo(window, role, name);
  await window.page.keyboard.press('Enter');
}

async function signIn(window: RaceWindow, name: string): Promise<void> {
  await press(window, 'button', name);
  await window.page.locator('.connection[data-state="live"]').waitFor();
}

describe('The race view, with a keyboard only', () => {
  it('creates a group, invites, accepts, starts, pauses, stops, and shows the week', async () => {
    const [mayas, devs] = await Promise.all([openRace(stack.browser, stack.url), openRace(stack.browser, stack.url)]);
    await press(mayas, 'button', 'Maya');
    await press(mayas, 'link', 'New group');
    await tabTo(mayas, 'textbox', 'Name');
    await mayas.page.keyboard.type('Slow readers');
    await press(mayas, 'button', 'Create group');
    await mayas.page.getByRole('heading', { level: 1, name: 'Slow readers' }).waitFor();

    await tabTo(mayas, 'textbox', 'Invite by e-mail address');
    await mayas.page.keyboard.type('dev@lockin.example');
    await mayas.page.keyboard.press('Enter');
    await mayas.says('Dev is invited.');

    await signIn(devs, 'Dev');
    await press(devs, 'button', 'Accept');
    await devs.page.getByRole('heading', { level: 1, name: 'Slow readers' }).waitFor();
    await mayas.lane('Dev').waitFor();

    await press(devs, 'button', 'Start');
    await mayas.lane('Dev').getByText('running', { exact: true }).waitFor();
    await press(devs, 'button', 'Pause');
    await mayas.lane('Dev').getByText('resting', { exact: true }).waitFor();
    await press(devs, 'button', 'Stop');
    await devs.page.getByText('You are resting.').waitFor();

    await devs.page.getByRole('heading', { name: 'Your past weeks' }).waitFor();
    await devs.page.locator('summary').focus();
    await devs.page.keyboard.press('Enter');
    const week = devs.page.getByRole('table', { name: 'Your past weeks' }).getByRole('row').nth(1);
    expect(await week.getByRole('cell').allInnerTexts()).toEqual(['0 min', '5 hr', 'missed']);
    expect(await findings(devs.page)).toEqual([]);
    await Promise.all([mayas.page.context().close(), devs.page.context().close()]);
  });
});

describe('The race view, on the wire', () => {
  it.each(['en-GB', 'ar-EG'])(
    'is less than 100 KB, compressed, and cached by the hash of its content, in %s',
    async (locale) => {
      const context = await stack.browser.newContext({ locale });
      const page = await context.newPage();
      const files: Response[] = [];
      page.on('response', (response) => {
        if (new URL(response.url()).pathname.startsWith('/race')) files.push(response);
      });
      await page.goto(`${stack.url}/race`);
      await page.getByRole('button', { name: 'Ana' }).waitFor();
      const sizes = await Promise.all(files.map((file) => file.request().sizes()));
      const bytes = sizes.reduce((sum, each) => sum + each.responseBodySize + each.responseHeadersSize, 0);
      expect(bytes).toBeGreaterThan(10_000);
      expect(bytes).toBeLessThan(MAX_PAGE_BYTES);

      const assets = files.filter((file) => file.url().includes('/assets/'));
      expect(assets.length).toBeGreaterThanOrEqual(2);
      for (const headers of assets.map((file) => file.headers())) {
        expect(headers['content-encoding']).toMatch(/^(br|gzip)$/);
        expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
      }
      await context.close();
    },
  );

  it('is compressed only for those who accept it, and the page itself is always asked for', async () => {
    for (const [accepted, encoding] of [
      ['gzip, deflate, br', 'br'],
      ['gzip', 'gzip'],
      ['identity', null],
    ] as const) {
      const response = await fetch(`${stack.url}/race`, { headers: { 'accept-encoding': accepted } });
      expect(response.headers.get('content-encoding')).toBe(encoding);
      expect(response.headers.get('vary')).toContain('accept-encoding');
      expect(response.headers.get('cache-control')).toBe('no-cache');
      expect(await response.text()).toContain('<title>LockIN race</title>');
    }
  });
});
