import { format, resolveConfig } from 'prettier';
import type { Column, ForeignKey, Schema, Table } from './catalog.js';

/** Mermaid does not allow spaces in types. */
function shortType(type: string): string {
  return type
    .replace(/^timestamp(\(\d\))? with time zone$/, 'timestamptz$1')
    .replace(/^character varying/, 'varchar')
    .replaceAll(' ', '_');
}

function columnLine({ name, type, nullable, key }: Column): string {
  return ['   ', shortType(type), name, key, nullable ? '"null"' : null].filter((part) => part !== null).join(' ');
}

function tableBlock({ name, columns }: Table): string {
  return [`  ${name} {`, ...columns.map(columnLine), '  }'].join('\n');
}

function relationLine({ from, to, columns, optional, unique }: ForeignKey): string {
  return `  ${to} ${optional ? '|o' : '||'}--${unique ? 'o|' : 'o{'} ${from} : "${columns}"`;
}

function diagram({ tables, foreignKeys }: Schema): string {
  return ['```mermaid', 'erDiagram', ...foreignKeys.map(relationLine), ...tables.map(tableBlock), '```'].join('\n');
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

/** The comments of tables and columns; those without a comment are omitted. */
function comments({ tables }: Schema): string {
  const rows = tables.flatMap(({ name, comment, columns }) => [
    ...(comment === null ? [] : [[`\`${name}\``, comment]]),
    ...columns.flatMap((column) => (column.comment === null ? [] : [[`\`${name}.${column.name}\``, column.comment]])),
  ]);
  return [
    '| table or column | meaning |',
    '| --- | --- |',
    ...rows.map(([name = '', text = '']) => `| ${name} | ${cell(text)} |`),
  ].join('\n');
}

function enumerations(schema: Schema): string {
  const rows = schema.enumerations.map(
    ({ name, values }) => `| \`${name}\` | ${values.map((value) => `\`${value}\``).join(', ')} |`,
  );
  return ['| type | values |', '| --- | --- |', ...rows].join('\n');
}

/** Renders docs/schema.md, formatted for the path `file`. */
export async function schemaDocument(schema: Schema, file: string): Promise<string> {
  const text = [
    '# Schema',
    'Generated from the catalog of a migrated database by `npm run docs:schema`; a test compares the two. `"null"` marks columns that may be null, and each line is a foreign key.',
    'What the tables are for is in the [specification](specification.md#2-data-model), what keeps them consistent in [the database](database.md).',
    diagram(schema),
    '## Types',
    enumerations(schema),
    '## Comments',
    comments(schema),
  ].join('\n\n');
  return format(text, { ...(await resolveConfig(file)), parser: 'markdown', proseWrap: 'preserve' });
}
