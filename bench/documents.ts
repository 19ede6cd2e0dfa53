import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { assumptions, coreTable, dayTable, scaleTable } from './capacity.js';
import type { Results } from './results.js';
import { comparisonTable, growthTable, shortTable } from './tables.js';

/** The documents with figures, each between `<!-- bench:name -->` and `<!-- /bench:name -->`. */
export const DOCUMENTS = ['README.md', 'docs/performance.md', 'docs/capacity.md'] as const;

const blocks: Readonly<Record<string, (results: Results) => string>> = {
  short: ({ usual }) => shortTable(usual),
  run: describe,
  settings: ({ settings }) =>
    ['```', ...Object.entries(settings).map(([name, value]) => `${name} = ${value}`), '```'].join('\n'),
  usual: ({ usual }) => comparisonTable(usual),
  dense: ({ dense }) => comparisonTable(dense),
  growth: ({ growth }) => growthTable(growth),
  assumptions,
  day: dayTable,
  core: coreTable,
  scale: scaleTable,
};

function describe({ date, machine, options, memoryMegabytes, bytes }: Results): string {
  const number = (value: number): string => Math.round(value).toLocaleString('en');
  const denseLogs = options['dense-groups'] * options['dense-logs'];
  return [
    `Measured on ${date}: ${machine.cores} cores (${machine.cpu}) that PostgreSQL ${machine.postgres}, the servers`,
    `(Node ${machine.node}) and the load share; ${options.connections} connections, ${options.rounds} rounds of ${options.seconds} s each.`,
    `The usual case has ${number(options.people)} people, ${number(options.groups)} groups of 20, ${options['large-groups']} of 200,`,
    `${number(options.logs)} logs over ${options.days} days and ${options.notifications} notifications a person; the dense case`,
    `${number(options['dense-groups'])} groups of 20 with ${number(options['dense-logs'])} logs each over three years, ${number(denseLogs)} in all.`,
    `The API took ${number(memoryMegabytes ?? NaN)} MB at most. A log takes ${number(bytes.log)} bytes with its indexes.`,
  ].join(' ');
}

/** Returns the documents by path, with the figures inserted. */
export async function renderDocuments(root: string, results: Results): Promise<Map<string, string>> {
  const rendered = new Map<string, string>();
  for (const document of DOCUMENTS) {
    const file = join(root, document);
    const text = (await readFile(file, 'utf8')).replace(
      /<!-- bench:(\w+) -->.*?<!-- \/bench:\1 -->/gs,
      (_, name: string) => `<!-- bench:${name} -->\n\n${blocks[name]?.(results)}\n\n<!-- /bench:${name} -->`,
    );
    rendered.set(document, await format(text, { ...(await resolveConfig(file)), parser: 'markdown' }));
  }
  return rendered;
}

export async function writeDocuments(root: string, results: Results): Promise<void> {
  for (const [document, text] of await renderDocuments(root, results)) await writeFile(join(root, document), text);
}
