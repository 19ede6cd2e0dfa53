import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../src/config/project-folder.js';

/** The one text of a function, view or trigger, with its comment, as `database/` holds it. */
export interface Definition {
  /** What DROP takes: `FUNCTION pause_session`, `VIEW v` or `TRIGGER t ON table`; names are not overloaded. */
  readonly object: string;
  /** Of a function, what CREATE OR REPLACE cannot change: its name, parameters and result. */
  readonly signature: string;
  readonly sql: string;
  readonly checksum: string;
}

const FOLDER = join(projectFolder(import.meta.dirname), 'database');

/** Comments, quoted text and the end of a statement: a semicolon outside the others. */
const TOKENS = /--[^\n]*|\$\$[\s\S]*?\$\$|'(?:[^']|'')*'|;|[^-$';]+|[-$]/g;

const CREATE = /^CREATE (?:CONSTRAINT )?(FUNCTION|VIEW|TRIGGER) (\w+)/;
const COMMENT = /^COMMENT ON (FUNCTION|VIEW|TRIGGER) (\w+)/;

function statements(text: string): string[] {
  const found: string[] = [];
  let current = '';
  for (const [token] of text.matchAll(TOKENS)) {
    if (token.startsWith('--') && current.trim() === '') continue;
    current += token;
    if (token !== ';') continue;
    found.push(current.trim());
    current = '';
  }
  if (current.trim() !== '') throw new Error(`A statement does not end: ${current.trim().slice(0, 80)}`);
  return found;
}

function definition(create: string, comment: string | undefined): Definition {
  const [, kind, name] = CREATE.exec(create) ?? [];
  if (kind === undefined || name === undefined) throw new Error(`Not a routine: ${create.slice(0, 80)}`);
  const [, commentKind, commented] = COMMENT.exec(comment ?? '') ?? [];
  if (comment === undefined || commentKind !== kind || commented !== name)
    throw new Error(`${kind} ${name} is not followed by its COMMENT`);
  const table = kind === 'TRIGGER' ? / ON (\w+)/.exec(create)?.[1] : undefined;
  const sql = `${create}\n${comment}`;
  return {
    object: table === undefined ? `${kind} ${name}` : `${kind} ${name} ON ${table}`,
    signature: kind === 'FUNCTION' ? create.slice(0, create.indexOf('\nLANGUAGE')).replace(/\s+/g, ' ') : '',
    sql,
    checksum: createHash('sha256').update(sql).digest('hex'),
  };
}

/** All files below `database/`, in the order in which they can be installed: functions, views, triggers. */
export function readDefinitions(): Definition[] {
  const all = globSync('*/*.sql', { cwd: FOLDER })
    .sort()
    .flatMap((file) => {
      const found = statements(readFileSync(join(FOLDER, file), 'utf8'));
      return found.flatMap((sql, nth) => (sql.startsWith('COMMENT') ? [] : [definition(sql, found[nth + 1])]));
    });
  return ['FUNCTION', 'VIEW', 'TRIGGER'].flatMap((kind) => all.filter(({ object }) => object.startsWith(kind)));
}
