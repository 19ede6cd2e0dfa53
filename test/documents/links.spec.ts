import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { anchorsOf, linksOf, pathsOf } from './support/markdown.js';
import { filesOf, ROOT, textOf } from './support/tree.js';

const isExternal = (target: string): boolean => /^[a-z]+:/i.test(target);

/** Undefined for a link that resolves. */
function faultOf(file: string, target: string): string | undefined {
  const [path = '', anchor] = decodeURIComponent(target).split('#');
  const linked = path === '' ? file : normalize(join(dirname(file), path));
  if (!existsSync(join(ROOT, linked))) return `${file}: ${target} does not exist`;
  if (anchor === undefined || !linked.endsWith('.md')) return undefined;
  return anchorsOf(textOf(linked)).has(anchor) ? undefined : `${file}: ${target} has no such heading`;
}

describe('the links of the documents', () => {
  it.each(filesOf('md'))('%s resolve', (file) => {
    const targets = linksOf(textOf(file)).filter((target) => !isExternal(target));
    expect(targets.flatMap((target) => faultOf(file, target) ?? [])).toEqual([]);
  });

  it.each(filesOf('md'))('%s names files that exist', (file) => {
    const paths = pathsOf(textOf(file));
    expect(
      paths.filter((path) => ![ROOT, join(ROOT, dirname(file))].some((from) => existsSync(join(from, path)))),
    ).toEqual([]);
  });

  it('from comments lead to pages that exist', () => {
    const files = filesOf('ts', 'tsx', 'js', 'mjs', 'cjs', 'sql', 'conf', 'yaml');
    const cited = files.flatMap((file) => textOf(file).match(/\bdocs\/[\w/-]+\.md\b/g) ?? []);
    expect(cited.length).toBeGreaterThan(5);
    expect([...new Set(cited)].filter((page) => !existsSync(join(ROOT, page)))).toEqual(['docs/nowhere.md']);
  });

  it('are found in what Markdown calls links, and not in code', () => {
    const markdown = '[a](b.md) ![c](d.png "e")\n\n[f]: g.md\n\n`[h](i.md)`\n\n```sh\n[j](k.md)\n```\n';
    expect(linksOf(markdown)).toEqual(['b.md', 'd.png', 'g.md']);
    expect(pathsOf('`src/main.ts`, `local/`, `test/**`, `npm test -- test/e2e`')).toEqual(['src/main.ts', 'local/']);
    expect(faultOf('README.md', 'docs/nowhere.md')).toBe('README.md: docs/nowhere.md does not exist');
    expect(faultOf('README.md', '#nowhere')).toBe('README.md: #nowhere has no such heading');
  });

  it('use the anchors that GitHub gives', () => {
    const anchors = anchorsOf("# A group's end\n## `:record`, once\n## Twice\n## Twice\n");
    expect([...anchors]).toEqual(['a-groups-end', 'record-once', 'twice', 'twice-1']);
  });
});
