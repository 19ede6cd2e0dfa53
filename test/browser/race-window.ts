import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { axeFindings } from './axe.js';

/** A window with the race view. */
export interface RaceWindow {
  readonly page: Page;
  /** Errors and warnings of the console, including violations of the content security policy. */
  readonly consoleErrors: string[];
  /** The origins of all requests. */
  readonly origins: Set<string>;
  /** The lane of a member, by name. */
  readonly lane: (name: string) => Locator;
  /** The seconds that a member's lane shows. */
  readonly seconds: (name: string) => Promise<number>;
  readonly button: (name: string) => Locator;
  /** Waits until a status of the page contains the text. */
  readonly says: (text: string) => Promise<void>;
}

/** Longer than the longest backoff of the SDK. */
const TIMEOUT_MS = 25_000;

export async function openRace(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<RaceWindow> {
  // Animations cost a browser without a GPU most of its time.
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(TIMEOUT_MS);
  const page = await context.newPage();
  const consoleErrors: string[] = [];
  const origins = new Set<string>();
  page.on('request', (request) => origins.add(new URL(request.url()).origin));
  page.on('pageerror', (error) => consoleErrors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') consoleErrors.push(message.text());
  });
  await page.goto(`${url}/race`);
  const lane = (name: string): Locator =>
    page.getByRole('list', { name: 'Lanes' }).getByRole('listitem').filter({ hasText: name });
  return {
    page,
    consoleErrors,
    origins,
    lane,
    seconds: async (name) => secondsOf(await lane(name).locator('time [aria-hidden]').innerText()),
    button: (name) => page.getByRole('button', { name, exact: true }),
    says: (text) =>
      page
        .getByRole('status')
        .filter({ hasText: plain(text) })
        .waitFor(),
  };
}

export async function openRaceAs(
  browser: Browser,
  url: string,
  name: string,
  options?: BrowserContextOptions,
): Promise<RaceWindow> {
  const view = await openRace(browser, url, options);
  await view.page.getByRole('button', { name }).click();
  await view.page.locator('.connection[data-state="live"]').waitFor();
  return view;
}

/** A text whose names may be isolated from the direction of the text around them. */
function plain(text: string): RegExp {
  return new RegExp(Array.from(text, (letter) => letter.replace(/[.*+?^${}()|[\]\\]/, '\\$&')).join('[\u2068\u2069]?'));
}

function secondsOf(clock: string): number {
  return clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}

/** Axe cannot check the contrast on a gradient, so the page gets each colour of its background in turn. */
export async function findings(page: Page): Promise<string[]> {
  const paint = (background: string): Promise<void> =>
    page.evaluate((value) => {
      document.body.style.background = value;
    }, background);
  const found: string[] = [];
  for (const background of ['--sky', '--sky-low', '--sun']) {
    await paint(`var(${background})`);
    found.push(...(await axeFindings(page)));
  }
  await paint('');
  return found;
}
