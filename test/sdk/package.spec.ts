import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type * as Sdk from '@lockin/sdk';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const sdk = join(root, 'sdk');
const MINUTE = 60_000;

/** What the SDK wants beside itself; packed from node_modules, so that installing it needs no network. */
const FOR_THE_SDK = ['openapi-fetch', 'openapi-typescript-helpers'];
const FOR_REACT = [
  'openapi-react-query',
  '@tanstack/react-query',
  '@tanstack/query-core',
  'react',
  '@types/react',
  'csstype',
];

let folder: string;
/** Projects that were empty before the SDK was installed: without React, and with it. */
let plain: string;
let withReact: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockin-sdk-'));
  const [own, forTheSdk, forReact] = [await pack([sdk]), await pack(FOR_THE_SDK), await pack(FOR_REACT)];
  plain = await project('plain', { ...own, ...forTheSdk });
  withReact = await project('with-react', { ...own, ...forTheSdk, ...forReact });
}, 3 * MINUTE);
afterAll(() => rm(folder, { recursive: true }));

/** Packs what will be published under these names, and says where each of them is. */
async function pack(packages: string[]): Promise<Record<string, string>> {
  const paths = packages.map((each) => (each === sdk ? sdk : join(root, 'node_modules', each)));
  const options = ['--json', '--ignore-scripts', '--offline', '--pack-destination', folder];
  const { stdout } = await run('npm', ['pack', ...options, ...paths], { cwd: folder });
  const packed = JSON.parse(stdout) as { name: string; filename: string }[];
  return Object.fromEntries(packed.map(({ name, filename }) => [name, `file:${join(folder, filename)}`]));
}

async function project(name: string, dependencies: Record<string, string>): Promise<string> {
  const path = join(folder, name);
  await mkdir(path);
  await writeFile(join(path, 'package.json'), JSON.stringify({ name, private: true, type: 'module', dependencies }));
  await run('npm', ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: path });
  return path;
}

/** Type-checks a project, declarations of the packages included, and answers what is wrong with it. */
async function faultsOf(path: string, moduleResolution: 'bundler' | 'nodenext', files: string[]): Promise<string> {
  const module = moduleResolution === 'bundler' ? 'esnext' : 'nodenext';
  const compilerOptions = { strict: true, noEmit: true, target: 'es2022', jsx: 'react-jsx', module, moduleResolution };
  const lib = ['es2022', 'dom', 'dom.iterable', 'dom.asynciterable'];
  const config = { compilerOptions: { ...compilerOptions, lib, types: [], noUncheckedIndexedAccess: true }, files };
  await writeFile(join(path, 'tsconfig.json'), JSON.stringify(config));
  const compiler = join(sdk, 'node_modules/typescript/bin/tsc');
  return await run(process.execPath, [compiler, '-p', path]).then(
    ({ stdout }) => stdout,
    (error: unknown) => (error as { stdout: string }).stdout || String(error),
  );
}

describe('The package', () => {
  it('is what was built and nothing else', async () => {
    const packed = await readdir(join(plain, 'node_modules/@lockin/sdk'), { recursive: true });
    const files = packed.filter((file) => /\.\w+$/.test(file));
    const strange = files.filter((file) => !/^dist\/[\w-]+(\.d\.ts|\.js)$|^package\.json$|^README\.md$/.test(file));
    expect(strange).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(['dist/index.js', 'dist/index.d.ts', 'dist/react.js']));
  });

  it('needs openapi-fetch and nothing else', async () => {
    const manifest = JSON.parse(await readFile(join(sdk, 'package.json'), 'utf8')) as Record<string, object>;
    expect(Object.keys(manifest['dependencies']!)).toEqual(['openapi-fetch']);
    const installed = await readdir(join(plain, 'node_modules'));
    expect(installed.filter((name) => !name.startsWith('.'))).toEqual(['@lockin', ...FOR_THE_SDK]);
  });

  it.each(['bundler', 'nodenext'] as const)(
    'type-checks in an empty project: %s',
    async (resolution) => {
      const source = `
      import { createLockIn, pages, ProblemError, unwrap, type ProblemCode } from '@lockin/sdk';
      const lockin = createLockIn({ baseUrl: 'https://api.example.com', token: () => null });
      export const name: string | null = (await unwrap(lockin.api.GET('/api/me'))).display_name;
      export const codeOf = (error: ProblemError): ProblemCode => error.code;
      for await (const { status } of pages(lockin, '/api/sessions', { status: 'running' })) status satisfies string;
      // @ts-expect-error: it is of no type that the contract knows
      void lockin.api.POST('/api/groups/{id}:clone', { params: { path: { id: 7 } } });
      // @ts-expect-error: there is no such path
      void lockin.api.GET('/api/you');`;
      await writeFile(join(plain, 'app.ts'), source);
      expect(await faultsOf(plain, resolution, ['app.ts'])).toBe('');
    },
    MINUTE,
  );

  it('runs there', async () => {
    const source = `
      import { createLockIn, unwrap } from '@lockin/sdk';
      const fetch = async () => Response.json({ display_name: 'Ana' });
      const lockin = createLockIn({ baseUrl: 'https://api.example.com', token: () => null, fetch });
      console.log((await unwrap(lockin.api.GET('/api/me'))).display_name);`;
    await writeFile(join(plain, 'app.js'), source);
    expect((await run(process.execPath, ['app.js'], { cwd: plain })).stdout).toBe('Ana\n');
  });

  it('is smaller than 15 kB for a phone, openapi-fetch included', async () => {
    const chunks = await bundle('chunks', ['index', 'react'], ['--format', 'esm', '--minify']);
    const size = chunks.reduce((sum, chunk) => sum + gzipSync(chunk).length, 0);
    expect(size).toBeLessThan(15_000);
    expect(size).toBeGreaterThan(3_000);
  });

  it('asks no more of a platform than fetch, what belongs to it, and timers', async () => {
    const [code] = await bundle('platform', ['index'], ['--format', 'iife', '--name', 'sdk']);
    const sent: [string, Sdk.FetchInit][] = [];
    const answers = [
      () => Response.error(),
      () => new Response(null, { status: 401 }),
      () => Response.json({ id: '1' }),
    ];
    const fetch = async (url: string, init: Sdk.FetchInit): Promise<Response> => {
      const response = answers[sent.push([url, init]) - 1]!();
      if (response.type === 'error') throw new TypeError('Network request failed');
      return response;
    };
    const platform = { Request, Response, Headers, AbortController, URL, FormData, setTimeout, clearTimeout, fetch };
    const sandbox = createContext(platform);
    runInContext(`${code!.toString()}; this.sdk = sdk;`, sandbox);
    const { createLockIn, unwrap } = sandbox['sdk'] as typeof Sdk;

    const token = ({ refresh }: { refresh: boolean }): string => (refresh ? 'fresh' : 'stale');
    const lockin = createLockIn({ baseUrl: 'https://api.example.com', token });
    expect(await unwrap(lockin.api.POST('/api/sessions', { body: {} }))).toEqual({ id: '1' });
    const headers = sent.map(([, init]) => new Headers(init.headers));
    expect(headers.map((each) => each.get('authorization'))).toEqual(['Bearer stale', 'Bearer stale', 'Bearer fresh']);
    expect(new Set(headers.map((each) => each.get('idempotency-key'))).size).toBe(1);
  });

  /** Bundles entries of the build without what React brings, and reads what has become of them. */
  async function bundle(name: string, entries: string[], options: string[]): Promise<Buffer[]> {
    const to = join(folder, name);
    const external = FOR_REACT.flatMap((each) => ['--external', each]);
    const input = entries.map((entry) => join(sdk, `dist/${entry}.js`));
    const bundler = join(root, 'node_modules/.bin/rolldown');
    await run(process.execPath, [bundler, ...input, ...options, '--dir', to, ...external], { cwd: root });
    return await Promise.all((await readdir(to)).map((file) => readFile(join(to, file))));
  }
});

interface PackageJson {
  scripts: Record<string, string>;
}

describe('The types', () => {
  /** What `npm run generate:check` does, for any contract. */
  const check = async (contract: string): Promise<unknown> => {
    const { scripts } = JSON.parse(await readFile(join(sdk, 'package.json'), 'utf8')) as PackageJson;
    const words = scripts['generate:check']!.split(' ').slice(1);
    const generator = join(sdk, 'node_modules/openapi-typescript/bin/cli.js');
    const options = words.map((word) => (word === '../openapi.yaml' ? contract : word));
    return run(process.execPath, [generator, ...options], { cwd: sdk });
  };

  it('are those of the contract', async () => {
    await check('../openapi.yaml');
  });

  it('are found out when the contract says something else', async () => {
    const changed = join(folder, 'changed.yaml');
    const contract = await readFile(join(root, 'openapi.yaml'), 'utf8');
    await writeFile(changed, contract.replace('- already_running', '- already_walking'));
    await expect(check(changed)).rejects.toThrow('Command failed');
  });
});

describe('The README', () => {
  /** The examples by their files; one that does not say which it belongs to has its own. */
  async function examples(): Promise<Map<string, string>> {
    const readme = await readFile(join(withReact, 'node_modules/@lockin/sdk/README.md'), 'utf8');
    const blocks = [...readme.matchAll(/^```(tsx?)\n(.*?)^```$/gms)].map(([, kind = '', code = '']) => ({
      kind,
      code,
    }));
    const named = blocks.map(({ kind, code }, place): [string, string] => [
      /^\/\/ (\S+\.tsx?)$/m.exec(code.split('\n')[0]!)?.[1] ?? `example-${place + 1}.${kind}`,
      code,
    ]);
    return new Map(named);
  }

  it(
    'has examples that can be copied into an app as they are',
    async () => {
      const files = await examples();
      expect(files.size).toBeGreaterThan(6);
      for (const [file, code] of files) await writeFile(join(withReact, file), code);
      await copyFile(join(import.meta.dirname, 'support/expo.d.ts'), join(withReact, 'expo.d.ts'));
      expect(await faultsOf(withReact, 'bundler', ['expo.d.ts', ...files.keys()])).toBe('');
    },
    MINUTE,
  );
});
