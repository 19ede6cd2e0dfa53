import type * as Format from '../src/language/format';
import type * as ReadNumber from '../src/language/read-number';
import type * as Locale from '../src/language/locale';
import type { Texts } from '../src/language/en';

interface Language extends Pick<typeof Locale, 'language' | 'locale' | 'direction'> {
  texts: Texts;
  formatMinutes: typeof Format.formatMinutes;
  formatDay: typeof Format.formatDay;
}

/** What the app speaks on a device with these languages. */
function speak(...tags: string[]): Language {
  const languages = tags.map((languageTag) => ({ languageTag, languageCode: languageTag.split('-')[0] }));
  let spoken = {};
  jest.isolateModules(() => {
    jest.doMock('expo-localization', () => ({ getLocales: () => languages }));
    for (const name of ['locale', 'texts', 'format']) {
      spoken = { ...spoken, ...jest.requireActual<object>(`../src/language/${name}`) };
    }
  });
  return spoken as Language;
}

it.each([
  [['de-AT', 'en-GB'], 'de', 'de-AT', 'ltr'],
  [['tlh', 'ar-EG'], 'ar', 'ar-EG', 'rtl'],
  [['tlh'], 'en', 'en', 'ltr'],
  [['de-DE@posix'], 'de', 'de', 'ltr'],
])('speaks the first language of %j that it has', (tags, language, locale, direction) => {
  expect(speak(...tags)).toMatchObject({ language, locale, direction });
});

it('has the Arabic form of each number', () => {
  const { texts } = speak('ar-AE-u-nu-latn');
  expect([0, 1, 2, 3, 10, 11, 99, 100, 103].map(texts.minutes)).toEqual([
    '0 دقيقة',
    'دقيقة واحدة',
    'دقيقتان',
    '3 دقائق',
    '10 دقائق',
    '11 دقيقة',
    '99 دقيقة',
    '100 دقيقة',
    '103 دقائق',
  ]);
});

it('formats durations and days', () => {
  const english = speak('en-US');
  expect([0, 1, 45, 60, 90, 300].map(english.formatMinutes)).toEqual([
    '0 minutes',
    '1 minute',
    '45 minutes',
    '1 hour',
    '1 hour 30 minutes',
    '5 hours',
  ]);
  expect(english.formatDay('2026-11-22T23:30:00Z', 'Europe/Paris')).toBe('Mon, Nov 23');
  expect(speak('ar-EG').formatMinutes(1450)).toBe('٢٤ ساعة و١٠ دقائق');
});

it('reads numbers in Western and Arabic digits', () => {
  const { readNumber } = jest.requireActual<typeof ReadNumber>('../src/language/read-number');
  expect([' 60 ', '٦٠', '۶۰'].map(readNumber)).toEqual([60, 60, 60]);
  expect(['', 'a', '1.5', '-1'].map(readNumber)).toEqual([NaN, NaN, NaN, NaN]);
});

it('has a text of each language for the same events and problems', () => {
  const [english, ...others] = [speak('en'), speak('de'), speak('ar')];
  for (const { texts } of others) {
    expect(Object.keys(texts.events)).toEqual(Object.keys(english.texts.events));
    for (const event of Object.values(texts.events)) expect(event('Ana', 'Club').join(' ')).toContain('Club');
  }
});
