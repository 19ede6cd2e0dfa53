import { describe, expect, it } from '@jest/globals';
import { useRaceStack } from './race-stack.js';
import { findings, openRace } from './race-window.js';

const PHONE = { width: 360, height: 740 };
const stack = useRaceStack();

describe('The race view, with a keyboard only', () => {
  it('can be used in the order of the page, shows the focus, and keeps it when the label of a button changes', async () => {
    const { page, button, lane, says } = await openRace(stack.browser, stack.url);
    await page.getByRole('button', { name: 'Dev' }).waitFor();
    for (let count = 0; count < 4; count++) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await says('Live');
    await button('Start').waitFor();

    const stops: string[] = [];
    for (let count = 0; count < 6; count++) {
      await page.keyboard.press('Tab');
      const focused = page.locator(':focus');
      stops.push(await focused.evaluate((element) => element.closest('label, button, a')!.textContent));
      expect(await focused.evaluate((element) => getComputedStyle(element).outlineStyle)).toBe('solid');
    }
    expect(stops).toEqual(
      ['Group', 'Your time', 'New group', 'Dev', 'Start', 'Stop'].map((name) => expect.stringContaining(name)),
    );

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
  ['light', 'on a wide screen', { width: 1120, height: 760 }],
  ['dark', 'on a wide screen', { width: 1120, height: 760 }],
  ['light', 'on a phone', PHONE],
  ['dark', 'on a phone', PHONE],
] as const)('The race view, %s and %s', (colorScheme, _size, viewport) => {
  it('has no findings of axe, no horizontal scrolling, and no animation with reduced motion', async () => {
    const options = { colorScheme, viewport, reducedMotion: 'reduce' } as const;
    const { page, says } = await openRace(stack.browser, stack.url, options);
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
