type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

/** Returns a function that chooses the form of a number and puts the number in place of `#`. */
export function pluralIn(language: string): (count: number, forms: Forms) => string {
  const rules = new Intl.PluralRules(language);
  return (count, forms) =>
    (forms[rules.select(count)] ?? forms.other).replace('#', new Intl.NumberFormat(language).format(count));
}
