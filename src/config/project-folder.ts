import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of openapi.yaml and database/: the compiled files lie one level deeper than the sources. */
export function projectFolder(folder: string): string {
  return existsSync(join(folder, 'openapi.yaml')) ? folder : projectFolder(dirname(folder));
}
