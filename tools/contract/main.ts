/** `npm run contract`: lints openapi.yaml and compares it with the document that the code generates. */
import 'reflect-metadata';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { generateDocument } from './generate-document.js';
import { compare } from './compare.js';
import { endpointsOf, type OpenApiDocument, readDocument } from './document.js';

const file = 'openapi.yaml';

if (!lint() || !(await matchesCode())) process.exitCode = 1;

function lint(): boolean {
  const redocly = createRequire(import.meta.url).resolve('@redocly/cli/bin/cli.js');
  const quiet = { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
  const options = { stdio: 'inherit', env: { ...process.env, ...quiet } } as const;
  return spawnSync(process.execPath, [redocly, 'lint', file], options).status === 0;
}

async function matchesCode(): Promise<boolean> {
  const contract = readDocument(file);
  // Convert to plain JSON, which drops undefined values.
  const code = JSON.parse(JSON.stringify(await generateDocument())) as OpenApiDocument;
  const lines = compare(contract, code);
  for (const line of lines) console.error(line);
  if (lines.length > 0) console.error(`${file} and the code differ in ${lines.length} places.`);
  else console.log(`${file} and the code agree on ${endpointsOf(contract).length} operations.`);
  return lines.length === 0;
}
