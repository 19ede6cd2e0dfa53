import type pg from 'pg';

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly key: 'PK' | 'FK' | 'PK, FK' | null;
  readonly comment: string | null;
}

export interface Table {
  readonly name: string;
  readonly comment: string | null;
  readonly columns: readonly Column[];
}

export interface ForeignKey {
  readonly from: string;
  readonly to: string;
  readonly columns: string;
  /** Whether a column is nullable, so that a row may have no referenced row. */
  readonly optional: boolean;
  /** Whether the columns are unique (one-to-one). */
  readonly unique: boolean;
}

export interface Enumeration {
  readonly name: string;
  readonly values: readonly string[];
}

export interface Schema {
  readonly tables: readonly Table[];
  readonly foreignKeys: readonly ForeignKey[];
  readonly enumerations: readonly Enumeration[];
}

/** format_type() and regclass depend on search_path, which readSchema() sets. */
const TABLES = `
  SELECT c.relname AS name, obj_description(c.oid, 'pg_class') AS comment,
         json_agg(json_build_object(
           'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'nullable', NOT a.attnotnull,
           'key', (SELECT nullif(concat_ws(', ', max('PK') FILTER (WHERE k.contype = 'p'), max('FK') FILTER (WHERE k.contype = 'f')), '')
                     FROM pg_constraint k WHERE k.conrelid = c.oid AND a.attnum = ANY (k.conkey)),
           'comment', col_description(c.oid, a.attnum)) ORDER BY a.attnum) AS columns
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
   WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
   GROUP BY c.oid, c.relname
   ORDER BY c.relname COLLATE "C"`;

const FOREIGN_KEYS = `
  SELECT k.conrelid::regclass::text AS "from", k.confrelid::regclass::text AS "to", columns.names AS columns,
         columns.nullable AS optional,
         EXISTS (SELECT FROM pg_index i
                  WHERE i.indrelid = k.conrelid AND i.indisunique AND i.indpred IS NULL
                    AND i.indkey::smallint[] <@ k.conkey) AS unique
    FROM pg_constraint k
   CROSS JOIN LATERAL (
     SELECT string_agg(a.attname, ', ' ORDER BY n) AS names, bool_or(NOT a.attnotnull) AS nullable
       FROM unnest(k.conkey) WITH ORDINALITY AS u (attnum, n)
       JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum) columns
   WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace
   ORDER BY k.confrelid::regclass::text COLLATE "C", k.conrelid::regclass::text COLLATE "C", k.conname`;

const ENUMERATIONS = `
  SELECT t.typname AS name, json_agg(e.enumlabel ORDER BY e.enumsortorder) AS values
    FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid
   WHERE t.typnamespace = 'public'::regnamespace
   GROUP BY t.typname ORDER BY t.typname COLLATE "C"`;

/** Reads tables, foreign keys and enumerations from the system catalogs. */
export async function readSchema(client: pg.Client): Promise<Schema> {
  await client.query('SET search_path = public');
  const { rows: tables } = await client.query<Table>(TABLES);
  const { rows: foreignKeys } = await client.query<ForeignKey>(FOREIGN_KEYS);
  const { rows: enumerations } = await client.query<Enumeration>(ENUMERATIONS);
  return { tables, foreignKeys, enumerations };
}
