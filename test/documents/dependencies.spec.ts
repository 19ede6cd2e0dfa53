import { expect, it } from '@jest/globals';
import { textOf } from './support/tree.js';

interface Package {
  license?: string;
  dev?: boolean;
  optional?: boolean;
  devOptional?: boolean;
  peer?: boolean;
  link?: boolean;
}

const page = textOf('docs/dependencies.md');
const { packages } = JSON.parse(textOf('package-lock.json')) as { packages: Record<string, Package> };
const inProduction = Object.entries(packages)
  .filter(([path]) => path.startsWith('node_modules/'))
  .filter(([, { dev, optional, devOptional, peer, link }]) => !(dev || optional || devOptional || peer || link))
  .map(([path, { license }]): [string, string | undefined] => [path.split('node_modules/').at(-1) ?? '', license]);

it('the packages of production have a licence that the page lists', () => {
  expect(inProduction.length).toBeGreaterThan(100);
  const listed = page.split('## Licences')[1] ?? '';
  for (const [name, licence] of inProduction)
    expect(`${name}: ${listed.includes(licence === undefined ? `\`${name}\`` : `| ${licence} `)}`).toBe(
      `${name}: true`,
    );
});
