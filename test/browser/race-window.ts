import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';

/** The race view in a window of its own, and what its browser complains about. */
export interface RaceWindow {
  readonly page: Page;
  /** Errors, warnings, violations of the content security policy; and every origin that was asked for something. */
  readonly complaints: string[];
  readonly origins: Set<string>;
  readonly lane: (name: string) => Locator;
  readonly seconds: (name: string) => Promise<number>;
  readonly button: (name: string) => Locator;
  readonly says: (words: string) => Promise<void>;
}

/** Longer than the SDK ever waits before it tries to connect again. */
const PATIENCE_MS = 25_000;

export async function openRace(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<RaceWindow> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const complaints: string[] = [];
  const origins = new Set<string>();
  page.on('request', (request) => origins.add(new URL(request.url()).origin));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  await page.goto(`${url}/race`);
  const lane = (name: string): Locator =>
    page.getByRole('list', { name: 'Lanes' }).getByRole('listitem').filter({ hasText: name });
  return {
    page,
    complaints,
    origins,
    lane,
    seconds: async (name) => secondsOf(await lane(name).locator('time').innerText()),
    button: (name) => page.getByRole('button', { name, exact: true }),
    says: (words) => page.getByRole('status').filter({ hasText: words }).waitFor(),
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
  await view.says('Live');
  return view;
}

function secondsOf(clock: string): number {
  return clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}

/**
 * What axe finds, with the sky replaced by its colours one by one: of a gradient it cannot tell the contrast, and says
 * so instead of finding anything.
 */
export async function findings(page: Page): Promise<string[]> {
  // The policy forbids a script of the test's in the page, but not what the debugger runs.
  await page.evaluate(axe.source);
  const found: string[] = [];
  for (const ground of ['--sky', '--sky-low', '--sun']) {
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
      }, ground)),
    );
  }
  return found;
}
