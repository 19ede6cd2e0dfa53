import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { MemberProgress } from '@lockin/sdk';
import type { Page } from 'playwright-core';
import { startBrowser, type TestBrowser } from '../support/browser.js';
import { bundlePage, PAGE } from './support/bundle-page.js';
import { type RaceServer, startRaceServer } from './support/race-server.js';
import { until } from './support/until.js';

const MINUTE = 60_000;
const MEMBER = {
  user_id: 'ana',
  as_of: new Date().toISOString(),
  period_start: '2000-01-01T00:00:00.000Z',
  seconds_done: 100,
  running: false,
  period_end: '2100-01-01T00:00:00.000Z',
} as MemberProgress;

let chromium: TestBrowser;
let script: string;
let server: RaceServer;
let page: Page;
let pageErrors: string[];

beforeAll(async () => {
  [chromium, script] = await Promise.all([startBrowser(), bundlePage('react-page.ts')]);
}, MINUTE);
afterAll(() => chromium.stop());

beforeEach(async () => {
  server = await startRaceServer([MEMBER]);
  server.serve('/', 'text/html', PAGE);
  server.serve('/page.js', 'text/javascript', script);
  server.serve('/api/me', 'application/json', JSON.stringify({ display_name: 'Ana' }));
  page = await chromium.browser.newPage();
  page.setDefaultTimeout(8000);
  pageErrors = [];
  page.on('pageerror', ({ message }) => pageErrors.push(message));
});
afterEach(async () => {
  await page.close();
  await server.stop();
});

const open = (groups = 'one'): Promise<unknown> => page.goto(`${server.url}/#${groups}`);
const press = (button: string): Promise<void> => page.getByRole('button', { name: button }).click();
const shows = (id: string, text: string): Promise<void> => page.locator(`#${id}`, { hasText: text }).waitFor();
const openStreams = (): number => server.streams.filter(({ isOpen }) => isOpen).length;

describe('useRace', () => {
  it('shows the race and each change', async () => {
    await open();
    await shows('first', 'live, no problem, 100');
    server.streams[0]!.sendRace([{ ...MEMBER, seconds_done: 160 }]);
    await shows('first', 'live, no problem, 160');
    await shows('second', 'live, no problem, 160');
    expect(pageErrors).toEqual([]);
  });

  it('shows the own presses that are not yet sent', async () => {
    await open();
    await shows('first', 'no problem, 100');
    await press('press');
    await page.locator('#first', { hasText: /no problem, 16\d/ }).waitFor();
    await shows('second', 'no problem, 100');
    expect(pageErrors).toEqual([]);
  });

  it('shares one connection between components, and closes it when the last one unmounts', async () => {
    await open();
    await shows('second', 'live');
    expect(server.streams).toHaveLength(1);
    await press('show 1');
    await shows('first', 'live');
    expect(openStreams()).toBe(1);
    await press('show 0');
    await until(() => openStreams() === 0 && server.open.now === 0);
    await press('show 2');
    await shows('second', 'live, no problem, 100');
    expect(server.streams).toHaveLength(2);
    expect(openStreams()).toBe(1);
  });

  it('switches to another group', async () => {
    await open('one,two');
    await shows('first', 'live');
    server.race = [{ ...MEMBER, seconds_done: 7 }];
    await press('watch two');
    await shows('first', 'live, no problem, 7');
    await until(() => openStreams() === 1);
    expect(server.streams).toHaveLength(2);
  });

  it('gives the problem when the race can no longer be read, and keeps the last race', async () => {
    await open();
    await shows('first', 'live');
    server.refuseNext('stream', { status: 404, code: 'not_found' });
    server.streams[0]!.end();
    await shows('first', 'offline, not_found, 100');
  });

  it('goes on after the next sign-in when the sign-in is over', async () => {
    await open();
    await shows('first', 'live');
    server.validToken = 'another';
    server.streams[0]!.end();
    await shows('first', 'unauthenticated, 100');
    server.validToken = 'token';
    await press('signed in');
    await shows('first', 'live, no problem, 100');
  });

  it('has the state offline while there is no network, and reconnects by itself', async () => {
    await open();
    await shows('first', 'live');
    await page.context().setOffline(true);
    await shows('first', 'offline');
    await page.context().setOffline(false);
    await shows('first', 'live');
  });
});

describe('useServerNow', () => {
  it('renders again each interval, so that the seconds of a running member increase', async () => {
    server.race = [{ ...MEMBER, as_of: new Date().toISOString(), running: true }];
    await open();
    for (const seconds of [101, 102]) await shows('first', `live, no problem, ${seconds}`);
  });
});

describe('The hooks of TanStack Query', () => {
  it('give the data of the operation', async () => {
    await open();
    await shows('me', 'Ana');
  });

  it('give the problem of an error response', async () => {
    server.refuseNext('me', { status: 404, code: 'not_found' });
    await open();
    await shows('me', 'not_found');
  });
});
