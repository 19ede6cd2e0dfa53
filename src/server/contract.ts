import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { projectFolder } from '../config/project-folder.js';

/** openapi.yaml as it is written, and as JSON. */
export interface Contract {
  yaml: string;
  json: string;
}

export function readContract(): Contract {
  const yaml = readFileSync(join(projectFolder(import.meta.dirname), 'openapi.yaml'), 'utf8');
  return { yaml, json: JSON.stringify(parse(yaml)) };
}
