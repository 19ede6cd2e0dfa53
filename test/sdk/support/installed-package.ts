import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const run = promisify(execFile);
export const root = join(import.meta.dirname, '../../..');
export const sdkFolder = join(root, 'sdk');

/** The dependencies of the SDK. */
export const SDK_DEPENDENCIES = ['openapi-fetch', 'openapi-typescript-helpers'];
/** The peer dependencies of `@lockin/sdk/react`, with what they need. */
export const REACT_DEPENDENCIES = [
  'openapi-react-query',
  '@tanstack/react-query',
  '@tanstack/query-core',
  'react',
  '@types/react',
  'csstype',
];

/** Creates a project in the folder and installs the SDK and the packages as published. Returns the project's path. */
export async function installSdk(folder: string, name: string, packages: string[]): Promise<string> {
  const path = join(folder, name);
  await mkdir(path);
  const dependencies = await pack(folder, packages);
  await writeFile(join(path, 'package.json'), JSON.stringify({ name, private: true, type: 'module', dependencies }));
  await run('npm', ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: path });
  return path;
}

/** Packs the SDK and the packages of node_modules, so that installing them needs no network. Returns name to URL. */
async function pack(folder: string, packages: string[]): Promise<Record<string, string>> {
  const paths = [sdkFolder, ...packages.map((each) => join(root, 'node_modules', each))];
  const options = ['--json', '--ignore-scripts', '--offline', '--pack-destination', folder];
  const { stdout } = await run('npm', ['pack', ...options, ...paths], { cwd: folder });
  const packed = JSON.parse(stdout) as { name: string; filename: string }[];
  return Object.fromEntries(packed.map(({ name, filename }) => [name, `file:${join(folder, filename)}`]));
}

/** Type-checks files of a project and the declarations of its packages. Returns the compiler's errors. */
export async function compileErrors(
  path: string,
  moduleResolution: 'bundler' | 'node16' | 'nodenext',
  files: string[],
  options: { skipLibCheck?: boolean } = {},
): Promise<string> {
  const module = moduleResolution === 'bundler' ? 'esnext' : moduleResolution;
  const compilerOptions = { strict: true, noEmit: true, target: 'es2022', jsx: 'react-jsx', module, moduleResolution };
  const lib = ['es2022', 'dom', 'dom.iterable', 'dom.asynciterable'];
  const config = {
    compilerOptions: { ...compilerOptions, ...options, lib, types: [], noUncheckedIndexedAccess: true },
    files,
  };
  await writeFile(join(path, 'tsconfig.json'), JSON.stringify(config));
  const compiler = join(sdkFolder, 'node_modules/typescript/bin/tsc');
  return await run(process.execPath, [compiler, '-p', path]).then(
    ({ stdout }) => stdout,
    (error: unknown) => (error as { stdout: string }).stdout || String(error),
  );
}
