import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileErrors, installSdk, REACT_DEPENDENCIES, run, SDK_DEPENDENCIES } from './support/installed-package.js';

const MINUTE = 60_000;

let folder: string;
let project: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockin-sdk-'));
  project = await installSdk(folder, 'commonjs', [...SDK_DEPENDENCIES, ...REACT_DEPENDENCIES]);
}, 3 * MINUTE);
afterAll(() => rm(folder, { recursive: true }));

describe('The package in a CommonJS module', () => {
  it('can be required, as by Node 20 and jest-expo', async () => {
    const source = `
      const { createLockInClient, unwrap } = require('@lockin/sdk');
      const { createLockInHooks } = require('@lockin/sdk/react');
      const fetch = async () => Response.json({ display_name: 'Ana' });
      const lockin = createLockInClient({ baseUrl: 'https://api.example.com', token: () => null, fetch });
      const { queryOptions } = createLockInHooks(lockin);
      const { queryKey, queryFn } = queryOptions('get', '/api/me');
      const query = queryFn({ queryKey, signal: new AbortController().signal });
      Promise.all([unwrap(lockin.api.GET('/api/me')), query]).then((names) => console.log(JSON.stringify(names)));`;
    await writeFile(join(project, 'app.cjs'), source);
    // Node 20 cannot require ECMAScript modules.
    const { stdout } = await run(process.execPath, ['--no-experimental-require-module', 'app.cjs'], { cwd: project });
    expect(JSON.parse(stdout)).toEqual([{ display_name: 'Ana' }, { display_name: 'Ana' }]);
  });

  it.each(['node16', 'bundler'] as const)(
    'type-checks with the module resolution %s, next to ECMAScript modules',
    async (resolution) => {
      const source = `
      import { createLockInClient, ProblemError, unwrap } from '@lockin/sdk';
      import { createLockInHooks } from '@lockin/sdk/react';
      const lockin = createLockInClient({ baseUrl: 'https://api.example.com', token: () => null });
      export const me: Promise<{ display_name: string | null }> = unwrap(lockin.api.GET('/api/me'));
      const { useQuery, useList } = createLockInHooks(lockin);
      export function useTypes(): void {
        const { data, error } = useQuery('get', '/api/me');
        data?.display_name satisfies string | null | undefined;
        if (error instanceof ProblemError) error.code satisfies string;
        else error satisfies Error | null;
        useList('/api/groups').items[0]?.name satisfies string | undefined;
        // @ts-expect-error: there is no such path
        useQuery('get', '/api/you');
      }
      // @ts-expect-error: there is no such path
      void lockin.api.GET('/api/you');`;
      for (const file of ['app.cts', 'app.mts']) await writeFile(join(project, file), source);
      // The CommonJS declarations of openapi-react-query are not valid by themselves.
      const options = { skipLibCheck: true };
      expect(await compileErrors(project, resolution, ['app.cts', 'app.mts'], options)).toBe('');
    },
    MINUTE,
  );
});
