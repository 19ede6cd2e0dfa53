import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { projectFolder } from '../config/project-folder.js';
import { FixedContent } from './fixed-content.js';

/** openapi.yaml as it is written, and as JSON. */
export interface Contract {
  readonly yaml: FixedContent;
  readonly json: FixedContent;
}

export function readContract(): Contract {
  const yaml = readFileSync(join(projectFolder(import.meta.dirname), 'openapi.yaml'), 'utf8');
  return { yaml: new FixedContent(yaml), json: new FixedContent(JSON.stringify(parse(yaml))) };
}
