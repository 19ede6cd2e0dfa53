import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { copyFile, cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileErrors, installSdk, REACT_DEPENDENCIES, SDK_DEPENDENCIES } from './support/installed-package.js';
import { type PublicApi, readPublicApi } from './support/public-api.js';

const MINUTE = 60_000;

let folder: string;
let project: string;
let api: PublicApi[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockin-sdk-'));
  project = await installSdk(folder, 'with-react', [...SDK_DEPENDENCIES, ...REACT_DEPENDENCIES]);
  api = readPublicApi(project);
}, 3 * MINUTE);
afterAll(() => rm(folder, { recursive: true }));

interface CodeBlock {
  kind: string;
  code: string;
}

function codeBlocks(markdown: string): CodeBlock[] {
  return [...markdown.matchAll(/^```(tsx?)\n(.*?)^```$/gms)].map(([, kind = '', code = '']) => ({ kind, code }));
}

/** The README's examples by file name. A comment in the first line names the file. */
async function readmeExamples(): Promise<Map<string, string>> {
  const readme = await readFile(join(project, 'node_modules/@lockin/sdk/README.md'), 'utf8');
  return new Map(
    codeBlocks(readme).map(({ kind, code }, index) => [
      /^\/\/ (\S+\.tsx?)$/m.exec(code.split('\n')[0]!)?.[1] ?? `readme-${index + 1}.${kind}`,
      code,
    ]),
  );
}

/** The examples of the TSDoc comments by file name. */
function tsdocExamples(): Map<string, string> {
  const blocks = api.flatMap(({ name, examples }) => examples.flatMap(codeBlocks).map((block) => ({ name, ...block })));
  return new Map(blocks.map(({ name, kind, code }, index) => [`tsdoc-${index + 1}-${name}.${kind}`, code]));
}

describe('The TSDoc comments', () => {
  it('describe every export', () => {
    expect(api.length).toBeGreaterThan(50);
    expect(api.filter(({ comment }) => comment === '').map(({ name }) => name)).toEqual([]);
  });

  it('have an example for every function, class and hook', () => {
    const callable = api.filter(({ isCallable }) => isCallable);
    expect(callable.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['createLockInClient', 'ProblemError', 'watchRace', 'createLockInHooks', 'useRace']),
    );
    const withoutExample = callable.filter(({ examples }) => examples.flatMap(codeBlocks).length === 0);
    expect(withoutExample.map(({ name }) => name)).toEqual([]);
  });
});

/** The parts of MSW that `@lockin/sdk/msw` and its example use. */
const MSW = `
declare module 'msw' {
  export interface HttpHandler {
    isUsed: boolean;
  }
}
declare module 'msw/node' {
  import type { HttpHandler } from 'msw';
  export function setupServer(...handlers: HttpHandler[]): {
    listen(options?: { onUnhandledRequest?: 'error' | 'warn' | 'bypass' }): void;
  };
}`;

/** Copies the recipes into a folder of the project. Returns their paths. */
async function copyRecipes(): Promise<string[]> {
  const recipes = join(project, 'node_modules/@lockin/sdk/recipes');
  await cp(recipes, join(project, 'recipes'), { recursive: true });
  return (await readdir(recipes)).map((file) => `recipes/${file}`);
}

describe('The recipes, and the examples of the README and of the TSDoc comments', () => {
  it(
    'compile in an app as they are',
    async () => {
      const [readme, tsdoc, recipes] = [await readmeExamples(), tsdocExamples(), await copyRecipes()];
      expect(readme.size).toBeGreaterThan(6);
      expect(tsdoc.size).toBeGreaterThan(6);
      expect(recipes.length).toBeGreaterThan(4);
      const files = new Map([...readme, ...tsdoc]);
      for (const [file, code] of files) await writeFile(join(project, file), code);
      await copyFile(join(import.meta.dirname, 'support/expo.d.ts'), join(project, 'expo.d.ts'));
      await writeFile(join(project, 'msw.d.ts'), MSW);
      const sources = ['expo.d.ts', 'msw.d.ts', ...files.keys(), ...recipes];
      expect(await compileErrors(project, 'bundler', sources)).toBe('');
    },
    3 * MINUTE,
  );
});
