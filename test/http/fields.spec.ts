import { describe, expect, it } from '@jest/globals';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import fc from 'fast-check';
import { readInstant } from '../../src/common/instant.js';
import { Thing } from './probe.js';

function read(plain: Record<string, unknown>): Record<string, unknown> | 'refused' {
  const thing = plainToInstance(Thing, plain, { exposeUnsetFields: false });
  return validateSync(thing).length > 0 ? 'refused' : (JSON.parse(JSON.stringify(thing)) as Record<string, unknown>);
}

describe('a time', () => {
  it.each([
    ['2026-11-22T18:57:38Z', '2026-11-22T18:57:38.000Z'],
    ['2026-11-22T18:57:38.1239Z', '2026-11-22T18:57:38.123Z'],
    ['2026-11-23T00:27:38.5+05:30', '2026-11-22T18:57:38.500Z'],
    ['2028-02-29T00:00:00-00:00', '2028-02-29T00:00:00.000Z'],
    ['2000-01-01T00:00:00Z', '2000-01-01T00:00:00.000Z'],
    ['2099-12-31T23:59:59.999999999Z', '2099-12-31T23:59:59.999Z'],
  ])('%s is read as %s', (given, instant) => {
    expect(read({ at: given })).toEqual({ at: instant });
  });

  it.each([
    '2026-11-22',
    '2026-11-22T18:57:38',
    '2026-02-29T00:00:00Z',
    '2026-02-30T00:00:00.000Z',
    '2026-13-01T00:00:00Z',
    '2026-00-10T00:00:00Z',
    '2026-11-22T24:00:00Z',
    '2026-11-22T23:60:00Z',
    '2026-12-31T23:59:60Z',
    '1999-12-31T23:59:59.999Z',
    '2100-01-01T00:00:00Z',
    '2000-01-01T00:00:00+00:01',
    '+012026-01-01T00:00:00Z',
    '2026-11-22T18:57:38+24:00',
    'now',
    '',
    1_700_000_000,
    {},
    ['2026-11-22T18:57:38Z'],
  ])('%p is refused', (given) => {
    expect(read({ at: given })).toBe('refused');
  });

  it('is what JavaScript makes of it, for every instant there is', () => {
    const range = {
      min: new Date('2000-01-01T00:00:00Z'),
      max: new Date('2099-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    };
    fc.assert(fc.property(fc.date(range), (date) => readInstant(date.toISOString()) === date.toISOString()));
  });

  it('never makes anything but an instant or a refusal out of text', () => {
    fc.assert(fc.property(fc.string(), (text) => readInstant(text) === undefined));
  });
});

describe('text', () => {
  it('is trimmed before it is measured', () => {
    expect(read({ name: '  Ana  ' })).toEqual({ name: 'Ana' });
    expect(read({ name: '   ' })).toBe('refused');
    expect(read({ note: '   ' })).toEqual({ note: '' });
  });

  it('is measured in characters, not in UTF-16 units', () => {
    expect(read({ name: '😀'.repeat(10) })).not.toBe('refused');
    expect(read({ name: '😀'.repeat(11) })).toBe('refused');
  });

  it.each([1, true, {}, { $ne: '' }, [], ['a']])('is never %p', (given) => {
    expect(read({ name: given })).toBe('refused');
  });
});

describe('a whole number', () => {
  it.each(['5', 1.5, 0, 101, -1, 1e19, true, [5], { $gt: 1 }])('is never %p', (given) => {
    expect(read({ count: given })).toBe('refused');
  });

  it('is taken as it is', () => {
    expect(read({ count: 100 })).toEqual({ count: 100 });
  });
});

describe('other fields', () => {
  it.each([
    { period: 'yearly' },
    { period: ['daily'] },
    { on: 'true' },
    { on: 1 },
    { user_id: '1' },
    { email: 'ana' },
    { email: 'a@b@c' },
    { url: 'javascript:alert(1)' },
    { url: 'ftp://example.com' },
    { url: 'nonsense' },
  ])('refuse %p', (given) => {
    expect(read(given)).toBe('refused');
  });

  it.each([
    { period: 'daily' },
    { on: false },
    { email: 'ana@example.com' },
    { url: 'https://example.com/a.png' },
    { user_id: '0b5e8c1a-5d0f-4c8e-9a3b-6f2d1e7c4a10' },
  ])('take %p', (given) => {
    expect(read(given)).toEqual(given);
  });
});
