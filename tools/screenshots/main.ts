/**
 * `npm run screenshots`: takes pictures of Swagger UI and the race view into docs/screenshots, light and
 * dark, wide and as wide as a phone, from a local stack of its own.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { endAll, launch, projectFolder, remove } from '../../test/local/local-api.js';
import { startBrowser } from '../../test/support/browser.js';
import { livelyRace } from './lively-race.js';

const PICTURES = join(import.meta.dirname, '../../docs/screenshots');
const SIZES = { wide: { width: 1040, height: 700 }, phone: { width: 360, height: 740 } };
const SCHEMES = ['light', 'dark'] as const;

type Show = (page: Page, url: string, group: string) => Promise<void>;

const showRace: Show = async (page, url, group) => {
  await page.goto(`${url}/race#${group}`);
  await page.getByRole('button', { name: 'Chloé' }).click();
  await page.getByText('Live', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Accept' }).waitFor();
};

const showSwagger: Show = async (page, url) => {
  await page.goto(`${url}/docs`);
  await page.locator('#operations-tag-progress').evaluate((tag) => tag.scrollIntoView());
};

const PAGES = { race: showRace, swagger: showSwagger };

const folder = await projectFolder();
console.log('Starting the API and a browser ...');
const [url, chromium] = await Promise.all([launch(folder).url, startBrowser()]);
try {
  await mkdir(PICTURES, { recursive: true });
  const group = await livelyRace(url);
  for (const colorScheme of SCHEMES) {
    for (const [size, viewport] of Object.entries(SIZES)) {
      for (const [name, show] of Object.entries(PAGES)) {
        const page = await chromium.browser.newPage({ viewport, colorScheme, reducedMotion: 'reduce' });
        await show(page, url, group);
        const picture = `${name}-${size}-${colorScheme}.png`;
        await page.screenshot({ path: join(PICTURES, picture) });
        console.log(picture);
        await page.close();
      }
    }
  }
} finally {
  await Promise.all([chromium.stop(), endAll()]);
  await remove(folder);
}
