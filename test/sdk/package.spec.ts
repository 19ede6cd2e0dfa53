import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type * as Sdk from '@lockin/sdk';
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import {
  compileErrors,
  installSdk,
  REACT_DEPENDENCIES,
  root,
  run,
  SDK_DEPENDENCIES,
  sdkFolder,
} from './support/installed-package.js';

const MINUTE = 60_000;

let folder: string;
/** A project that was empty before the SDK was installed. */
let project: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockin-sdk-'));
  project = await installSdk(folder, 'plain', SDK_DEPENDENCIES);
}, 3 * MINUTE);
afterAll(() => rm(folder, { recursive: true }));

describe('The package', () => {
  it('contains the build output and nothing else', async () => {
    const packed = await readdir(join(project, 'node_modules/@lockin/sdk'), { recursive: true });
    const files = packed.filter((file) => /\.\w+$/.test(file));
    const isBuilt = /^dist\/(cjs\/)?((http|live|offline|react|msw)\/)?[\w-]+(\.d\.ts|\.js)$/;
    const others = ['package.json', 'README.md', 'dist/cjs/package.json'];
    const sources = files.filter((file) => !isBuilt.test(file) && !others.includes(file));
    expect(sources.filter((file) => !/^recipes\/[\w-]+\.tsx?$/.test(file))).toEqual([]);
    for (const entry of ['index', 'react', 'msw'])
      for (const build of ['dist', 'dist/cjs'])
        expect(files).toEqual(expect.arrayContaining([`${build}/${entry}.js`, `${build}/${entry}.d.ts`]));
  });

  it(
    'is built when it is packed',
    async () => {
      const clean = join(folder, 'clean');
      const isSource = (path: string): boolean => !/[/\\](dist|node_modules)$/.test(path);
      await cp(sdkFolder, join(clean, 'sdk'), { recursive: true, filter: isSource });
      await symlink(join(root, 'node_modules'), join(clean, 'node_modules'));
      await symlink(join(sdkFolder, 'node_modules'), join(clean, 'sdk/node_modules'));
      const { stdout } = await run('npm', ['pack', '--json', '--offline'], { cwd: join(clean, 'sdk') });
      const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
      const paths = files.map(({ path }) => path);
      expect(paths).toEqual(expect.arrayContaining(['dist/index.js', 'dist/index.d.ts', 'dist/cjs/react.js']));
    },
    3 * MINUTE,
  );

  it('depends on openapi-fetch only', async () => {
    const manifest = JSON.parse(await readFile(join(sdkFolder, 'package.json'), 'utf8')) as Record<string, object>;
    expect(Object.keys(manifest['dependencies']!)).toEqual(['openapi-fetch']);
    const installed = await readdir(join(project, 'node_modules'));
    expect(installed.filter((name) => !name.startsWith('.'))).toEqual(['@lockin', ...SDK_DEPENDENCIES]);
  });

  it.each(['bundler', 'nodenext'] as const)(
    'type-checks in an empty project with the module resolution %s',
    async (resolution) => {
      const source = `
      import { createLockInClient, type Group, paginate, type ProblemCode, ProblemError, unwrap } from '@lockin/sdk';
      const lockin = createLockInClient({ baseUrl: 'https://api.example.com', token: () => null });
      export const name: string | null = (await unwrap(lockin.api.GET('/api/me'))).display_name;
      export const nameOf = (group: Group): string => group.name;
      export const codeOf = (error: ProblemError): ProblemCode => error.code;
      for await (const { status } of paginate(lockin, '/api/sessions', { status: 'running' })) status satisfies string;
      // @ts-expect-error: the id is a string
      void lockin.api.POST('/api/groups/{id}:clone', { params: { path: { id: 7 } } });
      // @ts-expect-error: there is no such path
      void lockin.api.GET('/api/you');`;
      await writeFile(join(project, 'app.ts'), source);
      expect(await compileErrors(project, resolution, ['app.ts'])).toBe('');
    },
    MINUTE,
  );

  it('runs in an empty project', async () => {
    const source = `
      import { createLockInClient, unwrap } from '@lockin/sdk';
      const fetch = async () => Response.json({ display_name: 'Ana' });
      const lockin = createLockInClient({ baseUrl: 'https://api.example.com', token: () => null, fetch });
      console.log((await unwrap(lockin.api.GET('/api/me'))).display_name);`;
    await writeFile(join(project, 'app.js'), source);
    expect((await run(process.execPath, ['app.js'], { cwd: project })).stdout).toBe('Ana\n');
  });

  it('is smaller than 16 kB after minification and gzip, openapi-fetch included', async () => {
    const chunks = await bundle('chunks', ['index', 'react'], ['--format', 'esm', '--minify']);
    const size = chunks.reduce((sum, chunk) => sum + gzipSync(chunk).length, 0);
    expect(size).toBeLessThan(16_000);
    expect(size).toBeGreaterThan(3_000);
  });

  it('runs on a platform with only fetch, its classes, and timers', async () => {
    const [code] = await bundle('platform', ['index'], ['--format', 'iife', '--name', 'sdk']);
    const sent: [string, Sdk.FetchInit][] = [];
    const responses = [
      () => Response.error(),
      () => new Response(null, { status: 401 }),
      () => Response.json({ id: '1' }),
    ];
    const fetch = async (url: string, init: Sdk.FetchInit): Promise<Response> => {
      const response = responses[sent.push([url, init]) - 1]!();
      if (response.type === 'error') throw new TypeError('Network request failed');
      return response;
    };
    const platform = { Request, Response, Headers, AbortController, URL, FormData, setTimeout, clearTimeout, fetch };
    const sandbox = createContext(platform);
    runInContext(`${code!.toString()}; this.sdk = sdk;`, sandbox);
    const { createLockInClient, unwrap } = sandbox['sdk'] as typeof Sdk;

    const token = ({ refresh }: { refresh: boolean }): string => (refresh ? 'fresh' : 'stale');
    const lockin = createLockInClient({ baseUrl: 'https://api.example.com', token });
    expect(await unwrap(lockin.api.POST('/api/sessions', { body: {} }))).toEqual({ id: '1' });
    const headers = sent.map(([, init]) => new Headers(init.headers));
    expect(headers.map((each) => each.get('authorization'))).toEqual(['Bearer stale', 'Bearer stale', 'Bearer fresh']);
    expect(new Set(headers.map((each) => each.get('idempotency-key'))).size).toBe(1);
  });

  /** Bundles entries of the build output without the React dependencies. Returns the chunks. */
  async function bundle(name: string, entries: string[], options: string[]): Promise<Buffer[]> {
    const to = join(folder, name);
    const external = REACT_DEPENDENCIES.flatMap((each) => ['--external', each]);
    const input = entries.map((entry) => join(sdkFolder, `dist/${entry}.js`));
    const bundler = join(root, 'node_modules/.bin/rolldown');
    await run(process.execPath, [bundler, ...input, ...options, '--dir', to, ...external], { cwd: root });
    return await Promise.all((await readdir(to)).map((file) => readFile(join(to, file))));
  }
});

interface PackageJson {
  scripts: Record<string, string>;
}

describe('The generated types', () => {
  /** Runs the command of `npm run generate:check` with any contract. */
  const check = async (contract: string): Promise<unknown> => {
    const { scripts } = JSON.parse(await readFile(join(sdkFolder, 'package.json'), 'utf8')) as PackageJson;
    const args = scripts['generate:check']!.split(' ').slice(1);
    const generator = join(sdkFolder, 'node_modules/openapi-typescript/bin/cli.js');
    const options = args.map((arg) => (arg === '../openapi.yaml' ? contract : arg));
    return run(process.execPath, [generator, ...options], { cwd: sdkFolder });
  };

  it('match the contract', async () => {
    await check('../openapi.yaml');
  });

  it('fail the check if the contract differs', async () => {
    const changed = join(folder, 'changed.yaml');
    const contract = await readFile(join(root, 'openapi.yaml'), 'utf8');
    await writeFile(changed, contract.replace('- already_running', '- already_walking'));
    await expect(check(changed)).rejects.toThrow('Command failed');
  });
});
