import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';

/** The contract as it was written, and as JSON. */
export interface Contract {
  yaml: string;
  json: string;
}

export function readContract(): Contract {
  const yaml = readFileSync(join(projectFolder(import.meta.dirname), 'openapi.yaml'), 'utf8');
  return { yaml, json: JSON.stringify(parse(yaml)) };
}

/** The built files lie deeper than the sources do. */
export function projectFolder(folder: string): string {
  return existsSync(join(folder, 'openapi.yaml')) ? folder : projectFolder(dirname(folder));
}
