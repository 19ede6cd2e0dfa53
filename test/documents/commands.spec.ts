import { expect, it } from '@jest/globals';
import { filesOf, textOf } from './support/tree.js';

const WORKSPACES: Record<string, string> = {
  '': 'package.json',
  sdk: 'sdk/package.json',
  'race-view': 'examples/race-view/package.json',
};

const scriptsOf = (workspace: string): string[] => {
  const { scripts } = JSON.parse(textOf(WORKSPACES[workspace] ?? '')) as { scripts: Record<string, string> };
  return Object.keys(scripts);
};

it.each(filesOf('md'))('%s names scripts that exist', (file) => {
  const named = [...textOf(file).matchAll(/npm run (?:-s )?([\w:-]+)(?: -w ([\w-]+))?/g)];
  const missing = named.filter(([, script = '', workspace = '']) => !scriptsOf(workspace).includes(script));
  expect(missing.map(([command]) => command)).toEqual([]);
});

it('README.md has at most 700 words', () => {
  expect(textOf('README.md').split(/\s+/).filter(Boolean).length).toBeLessThanOrEqual(700);
});
