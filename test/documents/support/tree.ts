import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../../..');

const FOLDERS = '{.ci,bench,bin,database,deploy,docs,examples,local,migrations,sdk,src,test,tools}';
const GENERATED = ['node_modules', 'dist', 'coverage'];

/** The project's own files with one of these endings, by their paths from the root. */
export function filesOf(...endings: string[]): string[] {
  const ending = endings.length === 1 ? `${endings[0]}` : `{${endings.join(',')}}`;
  return globSync([`*.${ending}`, `${FOLDERS}/**/*.${ending}`], {
    cwd: ROOT,
    exclude: (path) => GENERATED.some((name) => path.split('/').includes(name)),
  }).sort();
}

export function textOf(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}
