import 'intl-pluralrules'; // Hermes has no Intl.PluralRules
import { locale } from './locale';

type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

const rules = new Intl.PluralRules(locale);

/** The form of a number, with the number in place of `#`. */
export function plural(count: number, forms: Forms): string {
  return (forms[rules.select(count)] ?? forms.other).replace('#', count.toLocaleString(locale));
}
