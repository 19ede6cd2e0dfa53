import type pg from 'pg';

/** Everything that migrations create, as sorted lines of text, for comparing two databases. */
const lines = `
  WITH own_schema AS (SELECT oid FROM pg_namespace WHERE nspname = 'public'),
       extension_objects AS (SELECT objid FROM pg_depend WHERE deptype = 'e')
  SELECT 'extension ' || extname AS line FROM pg_extension
  UNION ALL
  SELECT 'function ' || pg_get_functiondef(p.oid) FROM pg_proc p
   WHERE pronamespace IN (TABLE own_schema) AND prokind IN ('f', 'p') AND oid NOT IN (TABLE extension_objects)
  UNION ALL
  SELECT concat_ws(' ', 'relation', relkind, relname) FROM pg_class
   WHERE relnamespace IN (TABLE own_schema) AND oid NOT IN (TABLE extension_objects)
  UNION ALL
  SELECT 'view ' || viewname || ' ' || definition FROM pg_views WHERE schemaname = 'public'
  UNION ALL
  SELECT concat_ws(' ', 'column', relname, attnum, attname, format_type(atttypid, atttypmod), attnotnull, attgenerated,
                   pg_get_expr(adbin, adrelid), col_description(c.oid, attnum))
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid LEFT JOIN pg_attrdef ON adrelid = c.oid AND adnum = attnum
   WHERE relnamespace IN (TABLE own_schema) AND relkind IN ('r', 'v', 'c') AND attnum > 0 AND NOT attisdropped
  UNION ALL
  SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, condeferrable, condeferred, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE connamespace IN (TABLE own_schema)
  UNION ALL
  SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
  UNION ALL
  SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL
  SELECT concat_ws(' ', 'type', typname, typtype, (SELECT string_agg(enumlabel, ', ' ORDER BY enumsortorder)
                                                     FROM pg_enum WHERE enumtypid = t.oid))
    FROM pg_type t WHERE typnamespace IN (TABLE own_schema) AND oid NOT IN (TABLE extension_objects) AND typtype <> 'b'
  ORDER BY 1`;

export async function catalogOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ line: string }>(lines);
  return rows.map(({ line }) => line);
}

/** MikroORM's own table of executed migrations. */
export const isMigrationTable = (line: string): boolean => line.includes('mikro_orm_migrations');

/** Present in every database. */
export const isBuiltIn = (line: string): boolean => line === 'extension plpgsql';
