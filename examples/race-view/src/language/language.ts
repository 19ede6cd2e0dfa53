import { en } from './en.js';

export type Messages = typeof en;

/** The texts in the language of the browser. English until `loadLanguage` has loaded another one. */
export let t: Messages = en;

/** The locale for `Intl`: with the region of the browser, if the page knows its language. */
export let locale = 'en';

const LOADERS: Partial<Record<string, () => Promise<Messages>>> = {
  en: () => Promise.resolve(en),
  de: async () => (await import('./de.js')).de,
  ar: async () => (await import('./ar.js')).ar,
};

/** Chooses the first language of the browser that the page has. Call it before the page is rendered. */
export async function loadLanguage(): Promise<void> {
  const wanted = navigator.languages.find((each) => LOADERS[languageOf(each)]) ?? 'en';
  t = (await LOADERS[languageOf(wanted)]?.()) ?? en;
  locale = isLocale(wanted) ? wanted : languageOf(wanted);
  document.title = t.title;
  document.documentElement.lang = languageOf(wanted);
  document.documentElement.dir = isRightToLeft() ? 'rtl' : 'ltr';
}

export const isRightToLeft = (): boolean => languageOf(locale) === 'ar';

const languageOf = (tag: string): string => tag.split('-')[0] ?? tag;

/** The browser's language may be none of `Intl`, such as `en-US@posix`. */
function isLocale(tag: string): boolean {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(tag).length > 0;
  } catch {
    return false;
  }
}
