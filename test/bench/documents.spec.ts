import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { DOCUMENTS, renderDocuments } from '../../bench/documents.js';
import { dayOf } from '../../bench/capacity.js';
import type { Results } from '../../bench/results.js';

const root = join(import.meta.dirname, '../..');
const results = JSON.parse(await readFile(join(root, 'bench/results.json'), 'utf8')) as Results;

describe('the documents', () => {
  it.each(DOCUMENTS)('%s shows the figures of bench/results.json', async (document) => {
    const rendered = await renderDocuments(root, results);
    expect(await readFile(join(root, document), 'utf8')).toBe(rendered.get(document));
  });

  it('know the cost of everything that a person is assumed to do', () => {
    expect(dayOf(results).filter(({ api, database }) => !(api >= 0 && database >= 0))).toEqual([]);
  });
});
