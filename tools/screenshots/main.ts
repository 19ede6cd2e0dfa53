/**
 * `npm run screenshots`: starts a local stack and writes screenshots of Swagger UI and the race view to docs/screenshots,
 * in light and dark mode, for desktop and phone.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { endAll, launch, projectFolder, remove } from '../../test/local/local-api.js';
import { startBrowser } from '../../test/support/browser.js';
import { createDemoRace } from './demo-race.js';

const SCREENSHOTS = join(import.meta.dirname, '../../docs/screenshots');
const SIZES = { wide: { width: 1040, height: 700 }, phone: { width: 360, height: 740 } };
const SCHEMES = ['light', 'dark'] as const;

type OpenPage = (page: Page, url: string, group: string) => Promise<void>;

const openRace: OpenPage = async (page, url, group) => {
  await page.goto(`${url}/race#${group}`);
  await page.getByRole('button', { name: 'Chloé' }).click();
  await page.getByText('Live', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Accept' }).waitFor();
};

const openSwagger: OpenPage = async (page, url) => {
  await page.goto(`${url}/docs`);
  await page.locator('#operations-tag-progress').evaluate((tag) => tag.scrollIntoView());
};

const PAGES = { race: openRace, swagger: openSwagger };

const folder = await projectFolder();
console.log('Starting the API and a browser ...');
const [url, chromium] = await Promise.all([launch(folder).url, startBrowser()]);
try {
  await mkdir(SCREENSHOTS, { recursive: true });
  const group = await createDemoRace(url);
  for (const colorScheme of SCHEMES) {
    for (const [size, viewport] of Object.entries(SIZES)) {
      for (const [name, open] of Object.entries(PAGES)) {
        const page = await chromium.browser.newPage({ viewport, colorScheme, reducedMotion: 'reduce' });
        await open(page, url, group);
        const fileName = `${name}-${size}-${colorScheme}.png`;
        await page.screenshot({ path: join(SCREENSHOTS, fileName) });
        console.log(fileName);
        await page.close();
      }
    }
  }
} finally {
  await Promise.all([chromium.stop(), endAll()]);
  await remove(folder);
}
