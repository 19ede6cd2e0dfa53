import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Browser, BrowserContextOptions, Locator, Page, Route } from 'playwright-core';

/** A window with the web build of examples/expo. */
export interface ExpoWindow {
  readonly page: Page;
  readonly pageErrors: string[];
  readonly button: (name: string) => Locator;
  /** A tab of the navigation. */
  readonly tab: (name: string) => Locator;
  /** The lane of a member, by name. */
  readonly lane: (name: string) => Locator;
  /** Waits until a member's lane shows the state. */
  readonly shows: (name: string, state: 'focusing' | 'resting') => Promise<void>;
  /** The seconds that a member's lane shows. */
  readonly seconds: (name: string) => Promise<number>;
}

export const APP_ORIGIN = 'http://localhost:8081';

/** The address that is built into the app. */
const BUILT_IN_API = 'http://127.0.0.1:3000';
const DIST = join(import.meta.dirname, '../../examples/expo/dist');
const CONTENT_TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.png': 'image/png',
};

/** Longer than the longest backoff of the SDK. */
const TIMEOUT_MS = 25_000;

/** A phone has its app without a network as well, so the files are not loaded over the network of the window. */
async function sendFile(route: Route, apiUrl: string): Promise<void> {
  const { pathname } = new URL(route.request().url());
  const name = pathname === '/' ? '/index.html' : decodeURIComponent(pathname);
  const contentType = CONTENT_TYPES[extname(name)] ?? 'application/octet-stream';
  const content = await readFile(join(DIST, name)).catch(() => null);
  if (!content) return route.fulfill({ status: 404 });
  const isText = contentType.startsWith('text/');
  await route.fulfill({ contentType, body: isText ? content.toString().replaceAll(BUILT_IN_API, apiUrl) : content });
}

export async function openExpoApp(
  browser: Browser,
  apiUrl: string,
  options: BrowserContextOptions = {},
): Promise<ExpoWindow> {
  // Chromium does not know that the page is of this machine, because the test sends it.
  const permissions = ['local-network-access'];
  const context = await browser.newContext({ locale: 'en', timezoneId: 'Europe/Paris', permissions, ...options });
  context.setDefaultTimeout(TIMEOUT_MS);
  await context.route(`${APP_ORIGIN}/**`, (route) => sendFile(route, new URL(apiUrl).origin));
  const page = await context.newPage();
  const pageErrors: string[] = [];
  page.on('pageerror', (error) => pageErrors.push(error.message));
  await page.goto(APP_ORIGIN);
  const lane = (name: string): Locator => page.getByRole('listitem', { name });
  return {
    page,
    pageErrors,
    button: (name) => page.getByRole('button', { name, exact: true }),
    tab: (name) => page.getByRole('tab', { name: new RegExp(`^${name}`) }),
    lane,
    shows: (name, state) => lane(name).getByText(state).waitFor(),
    seconds: async (name) => secondsOf(await lane(name).innerText()),
  };
}

function secondsOf(text: string): number {
  const [clock = ''] = /\d+:\d\d:\d\d/.exec(text) ?? [];
  return clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}
