import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { citationsOf, isFound, sectionsOf } from './support/citations.js';
import { filesOf, textOf } from './support/tree.js';

const specification = textOf('docs/specification.md');
const sections = sectionsOf(specification);

describe('docs/specification.md', () => {
  it('has every section that the project cites', () => {
    const files = filesOf('ts', 'tsx', 'js', 'mjs', 'cjs', 'sql', 'md', 'yaml', 'css', 'html', 'json');
    const cited = files.flatMap((file) => citationsOf(textOf(file)).map((citation) => ({ file, ...citation })));
    expect(cited.length).toBeGreaterThan(100);
    expect(cited.filter((citation) => !isFound(citation, sections))).toEqual([]);
  });

  it('has sections 1 to 9', () => {
    expect([...sections.keys()].filter((section) => !section.includes('.'))).toEqual([
      '1',
      '2',
      '3',
      '4',
      '5',
      '6',
      '7',
      '8',
      '9',
    ]);
  });

  it('names every error code of the contract', () => {
    const { components } = parse(textOf('openapi.yaml')) as {
      components: { schemas: { ProblemCode: { enum: string[] } } };
    };
    const missing = components.schemas.ProblemCode.enum.filter((code) => !specification.includes(`\`${code}\``));
    expect(missing).toEqual([]);
  });
});

describe('a citation', () => {
  it.each([
    ['(specification 5)', [{ section: '5' }]],
    ['specification 3.4', [{ section: '3.4' }]],
    ['(specification 1, Retries): see', [{ section: '1', topic: 'Retries' }]],
    ["(specification 4, A group''s end), also", [{ section: '4', topic: "A group's end" }]],
    ['(specification 5, :record).', [{ section: '5', topic: ':record' }]],
    ['(specification 6), and its ETag', [{ section: '6' }]],
    ['(specification 3.1, 3.4)', [{ section: '3.1' }, { section: '3.4' }]],
    ['Specification 4 and 5 in TypeScript', [{ section: '4' }, { section: '5' }]],
    [' * (specification\n   * 7)', [{ section: '7' }]],
  ])('is found in %j', (text, expected) => {
    expect(citationsOf(text)).toEqual(expected);
  });

  it('points nowhere if the section or the topic does not exist', () => {
    expect(isFound({ section: '10' }, sections)).toBe(false);
    expect(isFound({ section: '3.9' }, sections)).toBe(false);
    expect(isFound({ section: '1', topic: 'Weather' }, sections)).toBe(false);
    expect(isFound({ section: '1', topic: 'Retries' }, sections)).toBe(true);
    expect(isFound({ section: '4', topic: 'PATCH' }, sections)).toBe(true);
  });
});
