import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../src/config/project-folder.js';

/** The definition of a function, view or trigger in `database/`, with its comment. */
export interface Definition {
  /** The argument of DROP: `FUNCTION pause_session`, `VIEW v` or `TRIGGER t ON table`. Functions are not overloaded. */
  readonly object: string;
  /** Name, parameters and result type of a function, which CREATE OR REPLACE cannot change; otherwise ''. */
  readonly signature: string;
  readonly sql: string;
  readonly checksum: string;
}

const FOLDER = join(projectFolder(import.meta.dirname), 'database');

/** SQL tokens: comments, quoted text, and semicolons outside them, which end a statement. */
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
  if (current.trim() !== '') throw new Error(`Missing semicolon after: ${current.trim().slice(0, 80)}`);
  return found;
}

function definition(create: string, comment: string | undefined): Definition {
  const [, kind, name] = CREATE.exec(create) ?? [];
  if (kind === undefined || name === undefined)
    throw new Error(`Not a CREATE FUNCTION, VIEW or TRIGGER statement: ${create.slice(0, 80)}`);
  const [, commentKind, commented] = COMMENT.exec(comment ?? '') ?? [];
  if (comment === undefined || commentKind !== kind || commented !== name)
    throw new Error(`${kind} ${name} in database/ is not followed by its COMMENT ON statement`);
  const table = kind === 'TRIGGER' ? / ON (\w+)/.exec(create)?.[1] : undefined;
  const sql = `${create}\n${comment}`;
  return {
    object: table === undefined ? `${kind} ${name}` : `${kind} ${name} ON ${table}`,
    signature: kind === 'FUNCTION' ? create.slice(0, create.indexOf('\nLANGUAGE')).replace(/\s+/g, ' ') : '',
    sql,
    checksum: createHash('sha256').update(sql).digest('hex'),
  };
}

/** Reads all definitions, in the order of installation: functions, views, triggers. */
export function readDefinitions(): Definition[] {
  const all = globSync('*/*.sql', { cwd: FOLDER })
    .sort()
    .flatMap((file) => {
      const found = statements(readFileSync(join(FOLDER, file), 'utf8'));
      return found.flatMap((sql, nth) => (sql.startsWith('COMMENT') ? [] : [definition(sql, found[nth + 1])]));
    });
  return ['FUNCTION', 'VIEW', 'TRIGGER'].flatMap((kind) => all.filter(({ object }) => object.startsWith(kind)));
}
