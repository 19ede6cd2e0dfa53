import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '../../..');

/** The HTML of a page that runs `/page.js`. */
export const PAGE = '<!doctype html><link rel="icon" href="data:,"><body><script src="/page.js"></script>';

/** Bundles a page of this folder like an app: React, TanStack Query and the SDK in one file. */
export async function bundlePage(file: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lockin-page-'));
  const bundler = join(root, 'node_modules/.bin/rolldown');
  const source = join(import.meta.dirname, file);
  const define = 'process.env.NODE_ENV:"production"';
  await promisify(execFile)(
    process.execPath,
    [bundler, source, '--format', 'iife', '--platform', 'browser', '--transform.define', define, '--dir', folder],
    { cwd: root },
  );
  const code = await readFile(join(folder, file.replace('.ts', '.js')), 'utf8');
  await rm(folder, { recursive: true });
  return code;
}
