import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Page, Route } from 'playwright-core';
import { startBrowser, type TestBrowser } from '../support/browser.js';
import { bundlePage, PAGE } from './support/bundle-page.js';
import { until } from './support/until.js';

const MINUTE = 60_000;
const ORIGIN = 'http://lockin.test';

let chromium: TestBrowser;
let script: string;
let page: Page;
/** The requests to the API: `GET /api/me`. */
let requests: string[];
/** The responses by request; others are those of `respond`. */
let responses: Record<string, (route: Route) => Promise<void>>;

beforeAll(async () => {
  [chromium, script] = await Promise.all([startBrowser(), bundlePage('hooks-page.ts')]);
}, MINUTE);
afterAll(() => chromium.stop());

beforeEach(async () => {
  [requests, responses] = [[], {}];
  page = await chromium.browser.newPage();
  page.setDefaultTimeout(8000);
  await page.route('**/*', async (route) => {
    const { pathname, search } = new URL(route.request().url());
    if (pathname === '/') return await route.fulfill({ contentType: 'text/html', body: PAGE });
    if (pathname === '/page.js') return await route.fulfill({ contentType: 'text/javascript', body: script });
    const name = `${route.request().method()} ${pathname}`;
    requests.push(name + search);
    await (responses[name] ?? defaults[name] ?? problem(404, 'not_found'))(route);
  });
});
afterEach(() => page.close());

const json =
  (body: unknown, headers: Record<string, string> = {}) =>
  (route: Route): Promise<void> =>
    route.fulfill({ json: body, headers });
const problem =
  (status: number, code: string) =>
  (route: Route): Promise<void> =>
    route.fulfill({ status, json: { code, detail: `The problem ${code}.` } });
const offline = (route: Route): Promise<void> => route.abort();

const SESSION = { id: 's1', status: 'scheduled', started_at: null, ended_at: null };
const defaults: Record<string, (route: Route) => Promise<void>> = {
  'GET /api/me': json({ display_name: 'Ana' }),
  'GET /api/sessions/s1': json(SESSION),
  'GET /api/groups': (route) =>
    route.request().url().includes('cursor_id=b')
      ? json([{ id: 'c', name: 'Chess' }])(route)
      : json(
          [
            { id: 'a', name: 'Art' },
            { id: 'b', name: 'Books' },
          ],
          { link: '<http://behind.proxy/api/groups?status=active&cursor_id=b>; rel="next"' },
        )(route),
};

const open = (hash = ''): Promise<unknown> => page.goto(`${ORIGIN}/#${hash}`);
const press = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();
const shows = (id: string, text: string): Promise<void> => page.locator(`#${id}`, { hasText: text }).waitFor();
const count = (name: string): number => requests.filter((each) => each.startsWith(name)).length;

describe('The error of a hook', () => {
  it('is a ProblemError with a message when the response has no body', async () => {
    responses['GET /api/me'] = (route) => route.fulfill({ status: 502 });
    responses['POST /api/groups/g1:clone'] = responses['GET /api/me'];
    await open();
    await press('clone');
    const message = 'Error unexpected_response: The server sent an unexpected response (HTTP status 502).';
    await shows('me', `error, undefined, ${message}`);
    await shows('clone', `error, ${message}`);
  });

  it('is a ProblemError with the code of the API', async () => {
    responses['POST /api/groups/g1:clone'] = problem(429, 'rate_limited');
    responses['GET /api/groups'] = problem(404, 'not_found');
    await open();
    await press('clone');
    await shows('clone', 'error, Error rate_limited: The problem rate_limited.');
    await shows('groups', 'loaded, [], all, Error not_found: The problem not_found.');
  });

  it('is an Error without a network, and when the token provider throws something else', async () => {
    responses['GET /api/me'] = offline;
    await open();
    await shows('me', 'error, undefined, Error no code: Failed to fetch');
    await open('unknown-token');
    await page.reload();
    await shows('me', 'error, undefined, Error no code: The token provider failed.');
  });
});

describe('Only the client retries', () => {
  it('so that a 404 takes one request', async () => {
    responses['GET /api/me'] = problem(404, 'not_found');
    await open();
    await shows('me', 'not_found');
    expect(count('GET /api/me')).toBe(1);
  });

  it('so that a request without a network is sent as often as maxRetries says', async () => {
    responses['GET /api/me'] = offline;
    await open();
    await shows('me', 'Error no code');
    expect(count('GET /api/me')).toBe(2);
  });
});

describe('useList', () => {
  it('adds pages by the cursor of the API', async () => {
    await open();
    await shows('groups', 'loaded, [Art Books], more, no error');
    await press('more');
    await shows('groups', 'loaded, [Art Books Chess], all, no error');
    expect(requests.filter((each) => each.startsWith('GET /api/groups'))).toEqual([
      'GET /api/groups?status=active',
      'GET /api/groups?status=active&cursor_id=b',
    ]);
  });
});

describe('After a mutation', () => {
  it('the queries that it changes are fetched again, and no others', async () => {
    responses['POST /api/groups/g1:clone'] = json({ id: 'g2' });
    await open();
    for (const id of ['me', 'groups', 'session']) await shows(id, 'no error');
    await press('clone');
    await until(() => count('GET /api/me') === 2 && count('GET /api/groups') === 2);
    await press('sent elsewhere');
    await until(() => count('GET /api/me') === 3 && count('GET /api/groups') === 3);
    expect(count('GET /api/sessions/s1')).toBe(1);
  });

  it('that failed, nothing is fetched again', async () => {
    responses['POST /api/groups/g1:clone'] = problem(403, 'forbidden');
    await open();
    await shows('me', 'Ana');
    await press('clone');
    await shows('clone', 'forbidden');
    expect(count('GET /api/me')).toBe(1);
  });
});

describe('useSessionVerbs', () => {
  /** Holds the response to a verb until `respond` is called. */
  function hold(name: string): { respond: (answer: (route: Route) => Promise<void>) => void } {
    const held: { respond: (answer: (route: Route) => Promise<void>) => void } = { respond: () => undefined };
    const answer = new Promise<(route: Route) => Promise<void>>((resolve) => (held.respond = resolve));
    responses[name] = async (route) => await (await answer)(route);
    return held;
  }

  it('changes the cached session at once, and keeps what the API returns', async () => {
    const held = hold('POST /api/sessions/s1:start');
    await open();
    await shows('session', 'scheduled, not started');
    await press('start');
    await shows('session', 'running, started');
    await shows('sending', 'true');
    const running = { ...SESSION, status: 'running', started_at: '2026-11-27T10:00:00.000Z' };
    responses['GET /api/sessions/s1'] = json(running);
    held.respond(json(running));
    await shows('sending', 'false');
    await shows('session', 'running, started, no error');
    await until(() => count('GET /api/sessions/s1') === 2);
  });

  it('changes it back when the API refuses the verb', async () => {
    const held = hold('POST /api/sessions/s1:start');
    await open();
    await shows('session', 'scheduled');
    await press('start');
    await shows('session', 'running, started');
    responses['GET /api/sessions/s1'] = offline;
    held.respond(problem(409, 'already_running'));
    await shows('session', 'scheduled, not started, Error already_running: The problem already_running.');
  });

  it('restores the latest response of the API when two verbs fail', async () => {
    const [pausing, stopping] = [hold('POST /api/sessions/s1:pause'), hold('POST /api/sessions/s1:stop')];
    responses['GET /api/sessions/s1'] = json({
      ...SESSION,
      status: 'running',
      started_at: '2026-11-27T10:00:00.000Z',
    });
    await open();
    await shows('session', 'running');
    await press('pause');
    await shows('session', 'paused');
    await press('stop');
    await shows('session', 'ended');
    responses['GET /api/sessions/s1'] = offline;
    pausing.respond(problem(409, 'at_before_transition'));
    stopping.respond(problem(409, 'at_before_transition'));
    await shows('sending', 'false');
    await shows('session', 'running, started, Error at_before_transition');
  });

  it('does not change it by a verb that its state forbids', async () => {
    responses['POST /api/sessions/s1:pause'] = problem(409, 'invalid_session_transition');
    await open();
    await shows('session', 'scheduled');
    await press('pause');
    await shows('session', 'scheduled, not started, Error invalid_session_transition');
  });
});

describe('usePending', () => {
  it('renders again when an entry is added', async () => {
    await open();
    await shows('pending', '0');
    await press('queue');
    await shows('pending', '1');
  });
});
