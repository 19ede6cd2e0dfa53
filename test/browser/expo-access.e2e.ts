import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Locator } from 'playwright-core';
import { ana, ben } from '../../local/demo-users.js';
import { endAll, launch, projectFolder, remove } from '../local/local-api.js';
import { startBrowser, type TestBrowser } from '../support/browser.js';
import { axeFindings } from './axe.js';
import { APP_ORIGIN, type ExpoWindow, openExpoApp } from './expo-window.js';
import { tabTo } from './keyboard.js';
import { layoutFaults } from './layout.js';

const GROUP = 'Slow readers';
/** On a machine with other work. */
const TIMEOUT_MS = 120_000;
const SMALL = { width: 320, height: 640 };

let folder: string;
let url: string;
let chromium: TestBrowser | undefined;
let anas: ExpoWindow;
let bens: ExpoWindow;

/** A window of 320 pixels with text of twice the size. */
async function openNarrow(locale: string): Promise<ExpoWindow> {
  const window = await openExpoApp(chromium!.browser, url, { locale, viewport: SMALL });
  await window.page.evaluate(() => document.documentElement.style.setProperty('font-size', '200%'));
  return window;
}

beforeAll(async () => {
  folder = await projectFolder();
  const api = launch(folder, { CORS_ORIGINS: APP_ORIGIN });
  chromium = await startBrowser();
  url = await api.url;
  [anas, bens] = await Promise.all([openNarrow('ar-EG'), openNarrow('ar-EG')]);
}, TIMEOUT_MS);
afterAll(async () => {
  await Promise.all([chromium?.stop(), endAll()]);
  await remove(folder);
});

type Role = 'button' | 'link' | 'radio' | 'tab' | 'textbox';

async function focus({ page }: ExpoWindow, role: Role, name: string): Promise<Locator> {
  const wanted = page.getByRole(role, { name });
  await tabTo(page, wanted);
  expect(await wanted.evaluate((element) => getComputedStyle(element).outline)).toContain('solid 3px');
  return wanted;
}

async function press(window: ExpoWindow, role: Role, name: string, key = 'Enter'): Promise<void> {
  await focus(window, role, name);
  await window.page.keyboard.press(key);
}

async function type(window: ExpoWindow, name: string, text: string): Promise<void> {
  await focus(window, 'textbox', name);
  await window.page.keyboard.type(text);
}

/** What a screen reader finds in the screen: the roles with their names. */
async function tree({ page }: ExpoWindow): Promise<string[]> {
  const [, ...lines] = (await page.getByRole('main').ariaSnapshot()).split('\n');
  return lines.map((line) => line.trim().replace(/^- /, ''));
}

/** Waits until the screen is shown and its heading has the focus. Nothing is cut off, and axe finds nothing. */
async function shows(window: ExpoWindow, heading: string): Promise<void> {
  const { page } = window;
  await page.locator('h1:focus', { hasText: heading }).waitFor();
  await isUsable(window, heading);
}

async function isUsable({ page }: ExpoWindow, screen: string): Promise<void> {
  expect([screen, await layoutFaults(page)]).toEqual([screen, []]);
  expect([screen, await axeFindings(page)]).toEqual([screen, []]);
}

/** The tests build on each other. */
describe('The Expo app in Arabic, at 320 pixels with text of twice the size, with a keyboard only', () => {
  it(
    'signs in, creates a group and invites',
    async () => {
      await shows(anas, 'LockIN');
      expect(await anas.page.locator('html').evaluate((html: HTMLElement) => [html.lang, html.dir])).toEqual([
        'ar',
        'rtl',
      ]);
      await press(anas, 'button', ana.email);
      await shows(anas, 'المجموعات');
      await press(anas, 'button', 'مجموعة جديدة');

      await shows(anas, 'مجموعة جديدة');
      expect(await tree(anas)).toEqual([
        'button "رجوع"',
        'heading "مجموعة جديدة" [level=1]',
        'text: الاسم',
        'textbox "الاسم"',
        'radiogroup "الهدف لكل":',
        'text: الهدف لكل',
        'radio "يوم" [checked]',
        'radio "أسبوع"',
        'text: الهدف بالدقائق',
        'textbox "الهدف بالدقائق": "60"',
        'text: المدة بالأسابيع',
        'textbox "المدة بالأسابيع": "4"',
        'button "إنشاء المجموعة"',
      ]);
      await press(anas, 'button', 'إنشاء المجموعة');
      await anas.page.getByRole('alert').filter({ hasText: 'للاسم من 1 إلى 120 حرفًا' }).waitFor();
      await type(anas, 'الاسم', GROUP);
      await press(anas, 'radio', 'أسبوع', 'Space');
      await press(anas, 'button', 'إنشاء المجموعة');

      await shows(anas, GROUP);
      await press(anas, 'button', 'دعوة شخص');
      await shows(anas, 'دعوة');
      await type(anas, 'البريد الإلكتروني', ben.email);
      await anas.page.keyboard.press('Enter');
      await press(anas, 'button', 'دعوة \u2068Ben\u2069');
      await anas.page.getByRole('status').getByText('تمت دعوة \u2068Ben\u2069.').waitFor();
      expect(await tree(anas)).toEqual([
        'button "رجوع"',
        'heading "دعوة" [level=1]',
        'text: البريد الإلكتروني',
        `textbox "البريد الإلكتروني": ${ben.email}`,
        'button "بحث"',
        'status: Ben',
        'button "دعوة \u2068Ben\u2069"',
        'status: تمت دعوة \u2068Ben\u2069.',
      ]);
      await isUsable(anas, 'an invite');
      await press(anas, 'button', 'رجوع');
      await shows(anas, GROUP);
    },
    TIMEOUT_MS,
  );

  it(
    'accepts the invite',
    async () => {
      await press(bens, 'button', ben.email);
      await shows(bens, 'المجموعات');
      await press(bens, 'tab', 'الوارد', 'Space');
      await shows(bens, 'الوارد');
      expect(await tree(bens)).toEqual(
        expect.arrayContaining([
          `heading "دعوة إلى \u2068${GROUP}\u2069" [level=2]`,
          `text: يدعوك \u2068Ana\u2069 إلى الانضمام إلى \u2068${GROUP}\u2069.`,
          'button "قبول"',
          'button "رفض"',
        ]),
      );
      await press(bens, 'button', 'قبول');
      await bens.page.getByRole('status').getByText('مقبولة').waitFor();
      await bens.page.locator('li:focus', { hasText: 'مقبولة' }).waitFor();
      await press(bens, 'tab', 'المجموعات');
      await shows(bens, 'المجموعات');
      await press(bens, 'link', GROUP);
      await shows(bens, GROUP);
    },
    TIMEOUT_MS,
  );

  it(
    'starts, pauses and stops, which the other sees and a screen reader says',
    async () => {
      const says = (text: string): Promise<void> => bens.page.getByRole('status').getByText(text).waitFor();
      await press(bens, 'button', 'ابدأ');
      await says('أنت تركّز.');
      await anas.lane('\u2068Ben\u2069، ٠ دقيقة، يركّز').waitFor();
      expect(await bens.page.locator(':focus').innerText()).toBe('أوقف مؤقتًا');
      await bens.page.keyboard.press('Space');
      await says('مؤقتك متوقف مؤقتًا.');
      await anas.lane('\u2068Ben\u2069، ٠ دقيقة، يستريح').waitFor();
      await press(bens, 'button', 'أنهِ');
      await says('أنت تستريح.');
      expect(await bens.page.locator(':focus').innerText()).toBe('ابدأ');
    },
    TIMEOUT_MS,
  );

  it(
    'shows the week, as a picture and as a table',
    async () => {
      await bens.page.getByRole('img', { name: 'تحقق الهدف ٠ من ١' }).waitFor();
      await press(bens, 'button', 'عرض كجدول');
      const [, week] = await bens.page.getByRole('table', { name: 'أسابيعك الماضية' }).getByRole('row').all();
      expect((await week!.innerText()).split('\n').slice(1)).toEqual(['٠ دقيقة', 'ساعة واحدة', 'ما زال جاريًا']);
      expect(await tree(bens)).toEqual(
        expect.arrayContaining([
          `heading "${GROUP}" [level=1]`,
          'heading "مؤقتك" [level=2]',
          'heading "السباق" [level=2]',
          'list "المسارات، المتصدر أولًا":',
          'heading "أسابيعك الماضية" [level=2]',
          'text: "السلسلة الحالية: ٠ أسبوع. الأفضل: ٠ أسبوع."',
        ]),
      );
      await isUsable(bens, 'the week');
      expect(await bens.page.getByRole('navigation').ariaSnapshot()).toContain('tab "المجموعات" [selected]');
    },
    TIMEOUT_MS,
  );

  it(
    'asks before an account is deleted, in a dialog that Escape closes',
    async () => {
      await press(bens, 'tab', 'أنت');
      await bens.page.locator('h1:focus', { hasText: 'أنت' }).waitFor();
      await bens.page.getByRole('img', { name: /^تقويم آخر اثني عشر أسبوعًا\. المجموع: .+\.$/ }).waitFor();
      await press(bens, 'button', 'عرض كجدول');
      await bens.page.getByRole('table', { name: 'وقتك' }).waitFor();
      await isUsable(bens, 'the own days');
      await press(bens, 'button', 'حذف حسابي');
      await bens.page.getByRole('dialog', { name: 'هل تحذف حسابك؟' }).waitFor();
      await bens.page.getByRole('button', { name: 'الاحتفاظ بحسابي' }).and(bens.page.locator(':focus')).waitFor();
      await isUsable(bens, 'the dialog');
      await bens.page.keyboard.press('Escape');
      await bens.page.getByRole('dialog').waitFor({ state: 'detached' });
      await bens.page.getByRole('button', { name: 'حذف حسابي' }).and(bens.page.locator(':focus')).waitFor();
    },
    TIMEOUT_MS,
  );

  it(
    'has enough contrast in the dark, and bars in forced colours',
    async () => {
      await anas.page.emulateMedia({ colorScheme: 'dark' });
      await isUsable(anas, 'in the dark');
      await anas.page.emulateMedia({ forcedColors: 'active' });
      const bar = anas.lane('Ben').locator('div').last();
      const [line, background] = await bar.evaluate((element) => [
        getComputedStyle(element).borderTopColor,
        getComputedStyle(document.body).backgroundColor,
      ]);
      expect(line).not.toBe(background);
    },
    TIMEOUT_MS,
  );

  it('reports no error in the console', () => {
    expect([...anas.pageErrors, ...bens.pageErrors]).toEqual([]);
  });
});

describe('The Expo app in German, with long words, at 320 pixels with text of twice the size', () => {
  it(
    'cuts nothing off',
    async () => {
      const window = await openNarrow('de-DE');
      await press(window, 'button', ben.email);
      await press(window, 'link', GROUP);
      await window.page.getByRole('listitem', { name: 'Ben' }).waitFor();
      await isUsable(window, 'group');
      await press(window, 'tab', 'Postfach');
      await shows(window, 'Postfach');
      await press(window, 'tab', 'Du');
      await window.page.getByRole('img', { name: /^Kalender/ }).waitFor();
      await shows(window, 'Du');
      await press(window, 'tab', 'Gruppen');
      await press(window, 'button', 'Zurück');
      await press(window, 'button', 'Neue Gruppe');
      await shows(window, 'Neue Gruppe');
      await window.page.context().close();
    },
    TIMEOUT_MS,
  );
});
