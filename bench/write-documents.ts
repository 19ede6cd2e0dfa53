import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDocuments } from './documents.js';
import type { Results } from './results.js';
import { ROOT } from './environment.js';

const results = JSON.parse(await readFile(join(ROOT, 'bench/results.json'), 'utf8')) as Results;
await writeDocuments(ROOT, results);
