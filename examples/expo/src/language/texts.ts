import { ar } from './ar';
import { de } from './de';
import { en, type Texts } from './en';
import { type Language, language } from './locale';

const TEXTS: Record<Language, Texts> = { en, de, ar };

/** Every text of the app, in its language. */
export const texts = TEXTS[language];
