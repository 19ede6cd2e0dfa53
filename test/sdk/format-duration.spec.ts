import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { formatDuration, speakDuration } from '@lockin/sdk';

describe('formatDuration', () => {
  it.each([
    [0, '0:00:00'],
    [9, '0:00:09'],
    [3909, '1:05:09'],
    [86_400 + 59, '24:00:59'],
    [59.9, '0:00:59'],
    [-5, '0:00:00'],
  ])('formats %d seconds as %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});

describe('speakDuration', () => {
  afterEach(() => void jest.restoreAllMocks());

  it.each([
    [3909, 'en', '1 hour, 5 minutes, 9 seconds'],
    [7200, 'en', '2 hours'],
    [0, 'en', '0 seconds'],
    [3660, 'de', '1 Stunde, 1 Minute'],
    [3909, 'de', '1 Stunde, 5 Minuten und 9 Sekunden'],
    [3660, 'ar-u-nu-latn', 'ساعة ودقيقة'],
  ])('speaks %d seconds in %s as %s', (seconds, locale, text) => {
    expect(speakDuration(seconds, locale)).toBe(text);
  });

  it('speaks English where Intl has no units', () => {
    jest.spyOn(Intl, 'NumberFormat').mockImplementation(() => {
      throw new RangeError('style');
    });
    expect(speakDuration(3601)).toBe('1 hour, 1 second');
  });

  it('separates by commas where Intl has no lists', () => {
    jest.spyOn(Intl, 'ListFormat').mockImplementation(() => {
      throw new TypeError('Intl.ListFormat is not a constructor');
    });
    expect(speakDuration(3909, 'de')).toBe('1 Stunde, 5 Minuten, 9 Sekunden');
  });
});
