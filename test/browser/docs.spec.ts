import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { ana, DEMO_PASSWORD } from '../../local/demo-users.js';
import { endAll, launch, projectFolder, remove } from '../local/local-api.js';
import { startBrowser, type TestBrowser } from '../support/browser.js';

/** One visit, from the first look at the page to signing out: every step begins where the one before it ended. */
describe('Somebody who opens /docs', () => {
  let folder: string;
  let url: string;
  let chromium: TestBrowser | undefined;
  let page: Page;
  let dialog: Locator;
  let getMe: Locator;
  const requested: string[] = [];
  let complaints: string[] = [];

  beforeAll(async () => {
    folder = await projectFolder();
    const api = launch(folder);
    chromium = await startBrowser();
    url = await api.url;
    page = await chromium.browser.newPage();
    page.setDefaultTimeout(15_000);
    dialog = page.locator('.dialog-ux');
    getMe = page.locator('#operations-me-getMe');
    await listen();
  });
  afterAll(async () => {
    await Promise.all([chromium?.stop(), endAll()]);
    await remove(folder);
  });

  async function listen(): Promise<void> {
    page.on('request', (request) => requested.push(request.url()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    await page.exposeFunction('complain', (violation: string) => complaints.push(violation));
    await page.addInitScript(() => {
      const { complain } = globalThis as unknown as { complain: (violation: string) => void };
      document.addEventListener('securitypolicyviolation', (violation) => {
        complain(`${violation.violatedDirective} forbids ${violation.blockedURI}`);
      });
    });
  }

  const openDialog = (): Promise<void> => page.getByRole('button', { name: 'Authorize', exact: true }).click();
  const closeDialog = (): Promise<void> => dialog.getByRole('button', { name: 'Close', exact: true }).click();

  async function authorize(username: string, password: string): Promise<void> {
    await dialog.getByLabel('username').fill(username);
    await dialog.getByLabel('password').fill(password);
    await dialog.getByRole('button', { name: 'Apply given OAuth2 credentials' }).click();
  }

  /** Everything that outlives the page, in this tab or elsewhere in the browser. */
  async function kept(): Promise<{ tab: Record<string, string>; browser: string }> {
    const tab = await page.evaluate(() => Object.fromEntries(Object.entries<string>(sessionStorage)));
    const { cookies, origins } = await page.context().storageState({ indexedDB: true });
    return { tab, browser: JSON.stringify([cookies, origins]) };
  }

  /** A token of Ana's, and nothing else: her password least of all. */
  async function expectOnlyTheToken(): Promise<void> {
    const { tab, browser } = await kept();
    const token = tab['lockin.token'] ?? '';
    expect(tab).toEqual({ 'lockin.token': expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) });
    const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
    expect(JSON.parse(claims)).toMatchObject({ email: ana.email });
    expect(browser).toBe('[[],[]]');
    for (const text of [JSON.stringify(tab), claims, page.url()]) expect(text).not.toContain(DEMO_PASSWORD);
  }

  async function executeGetMe(): Promise<{ status: string; body: string }> {
    await getMe.getByRole('button', { name: 'Execute' }).click();
    const answer = getMe.locator('.live-responses-table .response');
    const body = answer.locator('.highlight-code');
    await body.waitFor();
    return { status: await answer.locator('.response-col_status').innerText(), body: await body.innerText() };
  }

  it('finds every operation, and is asked for an e-mail and a password only', async () => {
    await page.goto(`${url}/docs`);
    await getMe.waitFor();
    expect(await page.title()).toBe('LockIN API');
    expect(await page.locator('.opblock').count()).toBeGreaterThan(35);
    expect(complaints).toEqual([]);

    await openDialog();
    const fields = dialog.locator('input, select').filter({ visible: true });
    expect(await fields.evaluateAll((each) => each.map(({ id }) => id))).toEqual(['oauth_username', 'oauth_password']);
  });

  it('learns that the e-mail or the password is wrong', async () => {
    await authorize(ana.email, 'a-mistyped-one');
    const error = dialog.locator('.errors');
    expect(await error.innerText()).toContain('The e-mail or the password is wrong.');
    expect(await kept()).toEqual({ tab: {}, browser: '[[],[]]' });
    // Chromium notes a 400 by itself.
    expect(complaints).toEqual([expect.stringContaining('status of 400')]);
    complaints = [];
  });

  it('signs in with the right ones, of which the browser keeps nothing but a token', async () => {
    await authorize(ana.email, DEMO_PASSWORD);
    await dialog.getByText('Authorized', { exact: true }).waitFor();
    expect(await dialog.locator('.errors').count()).toBe(0);
    await closeDialog();
    await dialog.waitFor({ state: 'detached' });
    await expectOnlyTheToken();
  });

  it('is still signed in after a reload, and tries out who they are', async () => {
    await page.reload();
    await getMe.getByLabel('authorization button locked').waitFor();
    await getMe.locator('.opblock-summary-control').click();
    await getMe.getByRole('button', { name: 'Try it out' }).click();
    const { status, body } = await executeGetMe();
    expect(status).toMatch(/^200/);
    expect(body).toContain(`"email": "${ana.email}"`);
    await expectOnlyTheToken();
  });

  it('sees it dark where they like it dark', async () => {
    const has = (ground: string): Promise<unknown> =>
      page.waitForFunction((color) => getComputedStyle(document.body).backgroundColor === color, ground);
    await has('rgb(250, 250, 250)');
    await page.emulateMedia({ colorScheme: 'dark' });
    await has('rgb(28, 32, 34)');
    await page.emulateMedia({ colorScheme: 'light' });
    await expect(has('rgb(250, 250, 250)')).resolves.toBeTruthy();
  });

  it('need not scroll sideways on a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    const widths = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    expect(widths).toEqual([390, 390]);
  });

  it('signs out, after which the token is gone and the API asks who they are', async () => {
    await openDialog();
    await dialog.getByRole('button', { name: 'Remove authorization' }).click();
    await dialog.getByLabel('password').waitFor();
    await closeDialog();
    expect(await kept()).toEqual({ tab: {}, browser: '[[],[]]' });

    await getMe.getByRole('button', { name: 'Clear' }).click();
    const { status, body } = await executeGetMe();
    expect(status).toMatch(/^401/);
    expect(body).toContain('"code": "unauthenticated"');
    complaints = complaints.filter((complaint) => !complaint.includes('status of 401'));
    await page.reload();
    await getMe.getByLabel('authorization button unlocked').waitFor();
  });

  it('has met no violation of the content security policy, no error, and no other origin', () => {
    expect(complaints).toEqual([]);
    const origins = new Set(requested.filter((each) => !each.startsWith('data:')).map((each) => new URL(each).origin));
    expect([...origins]).toEqual([url]);
  });
});
