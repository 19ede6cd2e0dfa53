/** The language of the app: the first of the device's or browser's languages that it has texts in, else English. */
import { getLocales } from 'expo-localization';

const LANGUAGES = ['en', 'de', 'ar'] as const;
export type Language = (typeof LANGUAGES)[number];

const languageOf = (code: string | null): Language | undefined => LANGUAGES.find((each) => each === code);
const wanted = getLocales().find(({ languageCode }) => languageOf(languageCode));

export const language: Language = languageOf(wanted?.languageCode ?? null) ?? 'en';

/** For `Intl`: the language with its region. The browser's tag may be none of `Intl`, such as `en-US@posix`. */
export const locale: string = wanted && /^[a-z\d-]+$/i.test(wanted.languageTag) ? wanted.languageTag : language;

export const direction = language === 'ar' ? 'rtl' : 'ltr';
