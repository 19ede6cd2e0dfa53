import { afterAll, beforeAll } from '@jest/globals';
import { createLockInClient, type LockInClient } from '@lockin/sdk';
import type { Browser } from 'playwright-core';
import type { DemoUser } from '../../local/demo-users.js';
import { endAll, launch, projectFolder, remove, signIn } from '../local/local-api.js';
import { startBrowser, type TestBrowser } from '../support/browser.js';

/** What `npm start` starts, and a browser. */
export interface RaceStack {
  readonly browser: Browser;
  readonly url: string;
  readonly client: (user: DemoUser) => Promise<LockInClient>;
}

/** On a machine with other work. */
const START_TIMEOUT_MS = 120_000;

/** Starts a stack for the tests of a file. */
export function useRaceStack(): RaceStack {
  let folder: string;
  let url: string;
  let chromium: TestBrowser | undefined;

  beforeAll(async () => {
    folder = await projectFolder();
    const api = launch(folder);
    chromium = await startBrowser();
    url = await api.url;
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await Promise.all([chromium?.stop(), endAll()]);
    await remove(folder);
  });

  return {
    get browser() {
      return chromium!.browser;
    },
    get url() {
      return url;
    },
    client: ({ email }) => clientOf(url, email),
  };
}

export async function clientOf(url: string, email: string): Promise<LockInClient> {
  const { access_token } = (await (await signIn(url, email)).json()) as { access_token: string };
  return createLockInClient({ baseUrl: url, token: () => access_token });
}
