import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';

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
  const context = await browser.newContext(options);
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

/**
 * The findings of axe. Axe cannot check the contrast on a gradient, so the page gets each colour of its background in
 * turn.
 */
export async function findings(page: Page): Promise<string[]> {
  // The content security policy forbids a script element, but not evaluation by the debugger.
  await page.evaluate(axe.source);
  const found: string[] = [];
  for (const background of ['--sky', '--sky-low', '--sun']) {
    found.push(
      ...(await page.evaluate(async (colour) => {
        document.body.style.background = `var(${colour})`;
        const { axe } = globalThis as unknown as { axe: { run: () => Promise<Record<string, Finding[]>> } };
        interface Finding {
          id: string;
          nodes: { html: string; failureSummary?: string }[];
        }
        const { violations = [], incomplete = [] } = await axe.run();
        document.body.style.background = '';
        return [...violations, ...incomplete].flatMap(({ id, nodes }) =>
          nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`),
        );
      }, background)),
    );
  }
  return found;
}
