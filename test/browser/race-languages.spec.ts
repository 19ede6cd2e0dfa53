import { beforeAll, describe, expect, it } from '@jest/globals';
import { type LockInClient, type Race, unwrap } from '@lockin/sdk';
import type { Page } from 'playwright-core';
import { ben, chloe, dev } from '../../local/demo-users.js';
import { useRaceStack } from './race-stack.js';
import { findings, openRace, openRaceAs, type RaceWindow } from './race-window.js';

const SMALL = { width: 320, height: 640 };
const stack = useRaceStack();

const openAs = (name: string, options = {}): Promise<RaceWindow> => openRaceAs(stack.browser, stack.url, name, options);
const scrollWidth = (page: Page): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth);

/** Opens each view, and calls `check` in it. The page is closed at the end. */
async function inEachView({ page }: RaceWindow, check: (view: string) => Promise<void>): Promise<void> {
  await page.getByRole('complementary').getByRole('listitem').first().waitFor();
  await check('race');
  for (const [hash, heading] of [
    ['own-time', '#own-time'],
    ['new-group', '#new-group'],
  ] as const) {
    await page.locator(`nav a[href="#${hash}"]`).click();
    await page.locator(heading).waitFor();
    if (hash === 'own-time') await page.locator('.calendar').waitFor();
    await check(hash);
  }
  await page.context().close();
}

describe('The race view, in the language of the browser', () => {
  it('is German', async () => {
    const window = await openAs('Chloé', { locale: 'de-AT', timezoneId: 'Europe/Vienna' });
    const { page, button } = window;
    expect(await page.locator('html').getAttribute('lang')).toBe('de');
    await page.getByText('10 Std. in der Woche').waitFor();
    await button('Start').waitFor();
    await page.getByRole('heading', { name: 'Deine letzten Wochen' }).waitFor();
    await page.getByRole('complementary', { name: 'Postfach' }).waitFor();
    await inEachView(window, async (view) => expect([view, await findings(page)]).toEqual([view, []]));
  });

  it('is English, if it is none of the others', async () => {
    const { page, button } = await openAs('Chloé', { locale: 'tlh' });
    await button('Start').waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    await page.context().close();
  });

  it('is Arabic, from right to left, without findings of axe at 320 pixels and in the dark', async () => {
    const options = { locale: 'ar-EG', viewport: SMALL, colorScheme: 'dark' } as const;
    const picker = await openRace(stack.browser, stack.url, options);
    await picker.page.getByRole('button', { name: 'Ana' }).waitFor();
    expect(await findings(picker.page)).toEqual([]);
    await picker.page.context().close();

    const window = await openAs('Chloé', options);
    const { page, button } = window;
    expect(await page.locator('html').evaluate((html: HTMLElement) => [html.lang, html.dir])).toEqual(['ar', 'rtl']);
    await button('ابدأ').waitFor();
    const lane = page.locator('.lane').filter({ hasText: 'Ana' });
    const [place, name] = await Promise.all(['.place', 'strong'].map((part) => lane.locator(part).boundingBox()));
    expect(place!.x).toBeGreaterThan(name!.x);
    await inEachView(window, async (view) => {
      expect([view, await scrollWidth(page)]).toEqual([view, SMALL.width]);
      expect([view, await findings(page)]).toEqual([view, []]);
    });
  });
});

describe('The race view, at 320 pixels with text of twice the size', () => {
  it.each(['en-GB', 'de-DE', 'ar-EG'])('does not scroll sideways, in %s', async (locale) => {
    const window = await openAs('Chloé', { locale, viewport: SMALL });
    await window.page.evaluate(() => document.documentElement.style.setProperty('font-size', '200%'));
    await inEachView(window, async (view) =>
      expect([view, await scrollWidth(window.page)]).toEqual([view, SMALL.width]),
    );
  });
});

describe('The race view, with names from right to left and long texts', () => {
  const NAME = 'نورا (Nora) 1';
  let api: LockInClient['api'];

  beforeAll(async () => {
    ({ api } = await stack.client(dev));
    await unwrap(api.PATCH('/api/me', { body: { display_name: NAME } }));
    const body = {
      name: 'قراءة 2 (A)',
      description: `${'Read a chapter, then write down what stays. '.repeat(20)}The end.`,
      end_at: '2099-01-01T00:00:00Z',
      period: 'daily',
      period_target_minutes: 60,
      timezone: 'UTC',
    } as const;
    const { id } = await unwrap(api.POST('/api/groups', { body }));
    const { id: user_id } = await unwrap((await stack.client(ben)).api.GET('/api/me'));
    await unwrap(api.POST('/api/groups/{id}/members', { params: { path: { id } }, body: { user_id, role: 'member' } }));
  });

  it('keeps names apart from the text around them, in lanes and in announcements', async () => {
    const { page, says } = await openAs('Ben');
    await page.getByRole('heading', { level: 1, name: 'قراءة 2 (A)' }).waitFor();
    expect(
      await page.getByRole('heading', { level: 1 }).evaluate((element) => getComputedStyle(element).direction),
    ).toBe('rtl');
    expect(await page.locator('.lanes bdi').allInnerTexts()).toContain(NAME);
    const { id: group_id } = (await unwrap(api.GET('/api/groups')))[0]!;
    const { id } = await unwrap(api.POST('/api/sessions', { body: { group_id } }));
    await unwrap(api.POST('/api/sessions/{id}:start', { params: { path: { id } } }));
    await says(`${NAME} started running.`);
    expect(await page.locator('.announcement').innerText()).toBe(`\u2068${NAME}\u2069 started running.`);
    await page.context().close();
  });

  it.each([
    ['de', `\u2068${NAME}\u2069 hat dich zu \u2068قراءة 2 (A)\u2069 hinzugefügt.`],
    ['ar', `أضافك \u2068${NAME}\u2069 إلى \u2068قراءة 2 (A)\u2069.`],
  ])('says in the inbox who has acted, in %s', async (locale, text) => {
    const { page } = await openAs('Ben', { locale });
    await page.getByRole('complementary').getByText(text).waitFor();
    await page.context().close();
  });

  it('folds a long description', async () => {
    const { page, button } = await openAs('Ben');
    const height = async (): Promise<number> => (await page.locator('.description p').boundingBox())!.height;
    await button('Show more').waitFor();
    const folded = await height();
    await button('Show more').click();
    expect(await height()).toBeGreaterThan(folded * 2);
    await button('Show less').click();
    expect(await height()).toBe(folded);
    await page.context().close();
  });
});

describe('The race view, with 200 members on a phone', () => {
  it('keeps the own lane in sight and the inbox at hand', async () => {
    const { api } = await stack.client(chloe);
    const profile = await unwrap(api.GET('/api/me'));
    const id = profile.memberships.find(({ name }) => name === 'Thesis sprint')!.group_id;
    const race = await unwrap(api.GET('/api/groups/{id}/progress/current', { params: { path: { id } } }));
    const window = await openRace(stack.browser, stack.url, { viewport: SMALL });
    const { page } = window;
    const body = `event: progress\ndata: ${JSON.stringify(crowd(race, profile.id))}\n\n`;
    await page.route('**/progress/stream*', (route) => route.fulfill({ contentType: 'text/event-stream', body }));
    await page.getByRole('button', { name: 'Chloé' }).click();
    await page.locator('.lane').nth(199).waitFor();

    const own = page.locator('.lane[data-own="true"]');
    const isInSight = async (): Promise<boolean> => {
      const box = (await own.boundingBox())!;
      return box.y >= 0 && box.y + box.height <= SMALL.height;
    };
    for (const index of [20, 100, 180]) {
      await page.locator('.lane').nth(index).scrollIntoViewIfNeeded();
      expect([index, await isInSight()]).toEqual([index, true]);
    }
    await page.getByRole('button', { name: /^Inbox/ }).click();
    expect(await page.locator(':focus').innerText()).toBe('Inbox');
    const inbox = (await page.locator('#inbox').boundingBox())!;
    expect(inbox.y).toBeLessThan(SMALL.height);
    await page.context().close();
  });
});

/** A race of 200 members, in which the user is in the middle. */
function crowd(race: Race, userId: string): Race {
  const own = race.find(({ user_id }) => user_id === userId)!;
  return Array.from({ length: 200 }, (_, index) =>
    index === 100
      ? { ...own, rank: 101, seconds_done: 6_000 }
      : {
          ...own,
          user_id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
          display_name: `Runner ${index}`,
          seconds_done: (200 - index) * 60,
          rank: index + 1,
        },
  );
}

describe('The race view, in forced colours', () => {
  it('shows trails, lines and bars', async () => {
    const { page } = await openAs('Chloé', { forcedColors: 'active' });
    const colours = await page
      .locator('.lane[data-own="true"]')
      .evaluate((lane) =>
        [lane.querySelector('.trail')!, lane].map((element) => getComputedStyle(element).backgroundColor),
      );
    expect(colours[0]).not.toBe(colours[1]);
    const bar = page.locator('.bars rect').first();
    await bar.waitFor({ state: 'attached' });
    expect(await bar.evaluate((element) => getComputedStyle(element).fill)).not.toBe(
      await page.evaluate(() => getComputedStyle(document.body).backgroundColor),
    );
    await page.context().close();
  });
});
