import { describe, expect, it } from '@jest/globals';
import { blocksOf } from './support/markdown.js';
import { filesOf, textOf } from './support/tree.js';

const guide = textOf('CONTRIBUTING.md');
const namesIn = (text: string, pattern: RegExp): string[] => [
  ...new Set([...text.matchAll(pattern)].map(([, name = '']) => name)),
];
const allOf = (folder: string, ending: string): string =>
  filesOf(ending)
    .filter((file) => file.startsWith(folder))
    .map(textOf)
    .join('\n');

describe('the worked example of CONTRIBUTING.md', () => {
  it('uses the decorators that controllers and DTOs use', () => {
    const used = new Set(namesIn(allOf('src/', 'ts'), /@(\w+)\(/g));
    const shown = namesIn(blocksOf(guide, 'ts'), /@(\w+)\(/g);
    expect(shown.length).toBeGreaterThan(3);
    expect(shown.filter((name) => !used.has(name))).toEqual([]);
  });

  it('calls functions that database/ holds', () => {
    const held = new Set(namesIn(allOf('database/', 'sql'), /CREATE FUNCTION (\w+)/g));
    const called = namesIn(blocksOf(guide, 'sql'), /(?:PERFORM|:=) (\w+)\(/g);
    expect(called.length).toBeGreaterThan(3);
    expect(called.filter((name) => !held.has(name))).toEqual([]);
  });

  it('imports helpers that the tests have', () => {
    const imports = [...blocksOf(guide, 'ts').matchAll(/import \{([^}]*)\} from '\.\.\/(support\/\w+)\.js'/g)];
    expect(imports.length).toBeGreaterThan(0);
    for (const [, names = '', file = ''] of imports) {
      const exported = namesIn(
        textOf(`test/${file}.ts`),
        /^export (?:async )?(?:const|function|interface|type) (\w+)/gm,
      );
      expect(exported).toEqual(
        expect.arrayContaining(names.split(',').map((name) => name.replace('type ', '').trim())),
      );
    }
  });

  it('writes the request of the permissions table in its words', () => {
    const words = '...of(users.member.id)';
    expect(textOf('test/contract/permissions.table.ts')).toContain(words);
    expect(guide).toContain(words);
  });

  it('refers to responses that openapi.yaml has', () => {
    const contract = textOf('openapi.yaml');
    const shown = namesIn(blocksOf(guide, 'yaml'), /#\/components\/(?:responses|parameters)\/(\w+)/g);
    expect(shown.filter((name) => !contract.includes(`\n    ${name}:\n`))).toEqual([]);
  });
});
