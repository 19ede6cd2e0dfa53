import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { parse } from 'yaml';
import { ana, type DemoUser, demoUsers, DEMO_PASSWORD, maya } from '../../local/demo-users.js';
import { endAll, launch, projectFolder, remove, signIn } from '../local/local-api.js';
import { startBrowser, type TestBrowser } from '../support/browser.js';

interface Operation {
  operationId: string;
  tags: [string];
}

/** For members of the maintenance group only. */
const MAYAS = ['archiveExpiredGroups'];

/** What the others need is gone afterwards: the only person to add, members, groups, and Ana. */
const LAST = ['addGroupMember', 'removeGroupMember', 'transferGroup', 'archiveGroup', 'deleteMe'];

const operations = operationsOf('openapi.yaml');
const byId = (id: string): Operation => operations.find(({ operationId }) => operationId === id)!;
const anas = [...operations.filter(({ operationId }) => ![...MAYAS, ...LAST].includes(operationId)), ...LAST.map(byId)];

function operationsOf(file: string): Operation[] {
  const { paths } = parse(readFileSync(join(import.meta.dirname, '../..', file), 'utf8')) as {
    paths: Record<string, Record<string, Operation>>;
  };
  return Object.values(paths).flatMap((path) => Object.values(path));
}

let folder: string;
let url: string;
let chromium: TestBrowser | undefined;
let page: Page;

beforeAll(async () => {
  folder = await projectFolder();
  const api = launch(folder);
  chromium = await startBrowser();
  url = await api.url;
  page = await chromium.browser.newPage();
  page.setDefaultTimeout(15_000);
});
afterAll(async () => {
  await Promise.all([chromium?.stop(), endAll()]);
  await remove(folder);
});

async function openDocsAs({ email }: DemoUser): Promise<void> {
  const { access_token } = (await (await signIn(url, email)).json()) as { access_token: string };
  await page.goto(`${url}/docs`);
  await page.evaluate((token) => sessionStorage.setItem('lockin.token', token), access_token);
  await page.reload();
  await page.locator('#operations-me-getMe').getByLabel('authorization button locked').waitFor();
}

/** Waits until the page has filled in the data of the person. */
const settled = (): Promise<void> => page.locator('#docs[aria-busy="false"]').waitFor();

const blockOf = ({ tags: [tag], operationId }: Operation): Locator => page.locator(`#operations-${tag}-${operationId}`);

/** Without scrolling to it: the page is long. */
const click = (button: Locator): Promise<void> => button.dispatchEvent('click');

/** Shows the operations of one tag only: the page draws all that it shows at each change. */
async function tryOut(operation: Operation): Promise<Locator> {
  await page.locator('.operation-filter-input').fill(operation.tags[0]);
  const block = blockOf(operation);
  await click(block.locator('.opblock-summary-control'));
  await click(block.getByRole('button', { name: 'Try it out' }));
  return block;
}

async function execute(block: Locator): Promise<{ status: number; body: string }> {
  await settled();
  await click(block.getByRole('button', { name: 'Execute' }));
  await block.locator('.loading-container').waitFor({ state: 'detached' });
  const answer = block.locator('.live-responses-table .response');
  await answer.waitFor();
  const status = Number.parseInt(await answer.locator('.response-col_status').innerText(), 10);
  const body = answer.locator('.highlight-code');
  return { status, body: (await body.count()) > 0 ? await body.first().innerText() : '' };
}

const idOf = (body: string): string | undefined => /"id": "([^"]+)"/.exec(body)?.[1];

describe('The examples of /docs', () => {
  it('lead there from /', async () => {
    const response = await page.goto(url);
    expect(response?.status()).toBe(200);
    expect(page.url()).toBe(`${url}/docs`);
  });

  it('name the people who can sign in', async () => {
    await page.getByRole('button', { name: 'Authorize', exact: true }).click();
    const text = await page.locator('.dialog-ux').innerText();
    for (const { email } of demoUsers) expect(text).toContain(email);
    expect(text).toContain(DEMO_PASSWORD);
  });

  it('show the first events of the stream', async () => {
    await openDocsAs(ana);
    const { status, body } = await execute(await tryOut(byId('streamProgress')));
    expect(status).toBe(200);
    expect(body).toMatch(/^event: progress$/m);
  });

  it('have a new Idempotency-Key at each try, unless somebody typed one', async () => {
    await openDocsAs(ana);
    const block = await tryOut(byId('createSession'));
    const [first, second] = [await execute(block), await execute(block)];
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(idOf(first.body)).not.toBe(idOf(second.body));

    const key = block.getByPlaceholder('Idempotency-Key');
    await key.fill('typed');
    await key.blur();
    const [third, again] = [await execute(block), await execute(block)];
    expect(idOf(third.body)).not.toBe(idOf(second.body));
    expect(idOf(again.body)).toBe(idOf(third.body));
  });

  it('keep what somebody typed', async () => {
    await openDocsAs(ana);
    const block = await tryOut(byId('updateMe'));
    await settled();
    const body = block.locator('textarea.body-param__text');
    expect(JSON.parse(await body.inputValue())).toEqual({ display_name: 'Ana' });
    await body.fill('{ "display_name": "Anna" }');
    expect((await execute(block)).status).toBe(200);
    await settled();
    expect(await body.inputValue()).toBe('{ "display_name": "Anna" }');
    await block.getByRole('button', { name: 'Reset' }).click();
    expect(JSON.parse(await body.inputValue())).toEqual({ display_name: 'Anna' });
  });
});

describe('What /docs fills in succeeds', () => {
  it.each(anas.map((operation) => [operation.operationId, operation] as const))('%s', async (_, operation) => {
    if (operation === anas[0]) await openDocsAs(ana);
    const { status, body } = await execute(await tryOut(operation));
    expect([status, status >= 200 && status < 300 ? '' : body]).toEqual([status, '']);
    await click(blockOf(operation).locator('.opblock-summary-control'));
  });

  it.each(MAYAS)('%s, for Maya', async (id) => {
    await openDocsAs(maya);
    expect((await execute(await tryOut(byId(id)))).status).toBe(200);
  });
});
