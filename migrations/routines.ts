import { Migration } from '@mikro-orm/migrations';
import { type Definition, readDefinitions } from './definitions.js';

/** A row of `installed_routines`. */
export type Installed = Pick<Definition, 'object' | 'signature' | 'checksum'>;

const REGISTRY = `
CREATE TABLE IF NOT EXISTS installed_routines (
  object text PRIMARY KEY,
  signature text NOT NULL,
  checksum text NOT NULL
);
COMMENT ON TABLE installed_routines IS 'The functions, views and triggers of database/ as they were installed.';
-- A body may call what comes later.
SET LOCAL check_function_bodies = off;`;

/** Reads `installed_routines`; empty if the table does not exist. */
export async function installedRoutines(query: (sql: string) => Promise<object[]>): Promise<Installed[]> {
  const [found] = await query(`SELECT FROM pg_tables WHERE schemaname = 'public' AND tablename = 'installed_routines'`);
  return found === undefined
    ? []
    : ((await query('SELECT object, signature, checksum FROM installed_routines')) as Installed[]);
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

function install({ object, signature, checksum, sql }: Definition, inPlace: boolean): string {
  const values = [object, signature, checksum].map(literal).join(', ');
  return `${inPlace ? sql.replace('CREATE FUNCTION', 'CREATE OR REPLACE FUNCTION') : sql}
INSERT INTO installed_routines VALUES (${values})
ON CONFLICT (object) DO UPDATE SET signature = excluded.signature, checksum = excluded.checksum;`;
}

/**
 * Returns the statements that update the installed routines to the definitions in `database/`. A function whose signature is
 * unchanged is replaced in place, so that concurrent statements can still call it. Unchanged routines are not touched.
 */
export function routineChanges(installed: readonly Installed[]): string[] {
  const definitions = readDefinitions();
  const before = new Map(installed.map((one) => [one.object, one]));
  const changed = definitions.filter(({ object, checksum }) => before.get(object)?.checksum !== checksum);
  const inPlace = new Set(
    changed.filter(({ object, signature }) => signature !== '' && before.get(object)?.signature === signature),
  );
  // A view depends on the functions that it calls, so all views are recreated when a routine is dropped.
  const views = changed.length > inPlace.size ? definitions.filter(({ object }) => object.startsWith('VIEW')) : [];
  const anew = new Set([...changed.filter((one) => !inPlace.has(one)), ...views]);
  const kept = new Set(definitions.filter((one) => !anew.has(one)).map(({ object }) => object));
  return [
    REGISTRY,
    ...dropAll([...before.keys()].filter((object) => !kept.has(object))),
    ...definitions.filter((one) => inPlace.has(one) || anew.has(one)).map((one) => install(one, inPlace.has(one))),
  ];
}

/** Drops triggers and views before a migration of tables, because they depend on columns. Functions do not. */
export function detachment(installed: readonly Installed[]): string[] {
  return dropAll(installed.map(({ object }) => object).filter((object) => !object.startsWith('FUNCTION')));
}

function dropAll(objects: string[]): string[] {
  return ['TRIGGER', 'VIEW', 'FUNCTION'].flatMap((kind) =>
    objects
      .filter((object) => object.startsWith(kind))
      .map((object) => `DROP ${object};\nDELETE FROM installed_routines WHERE object = ${literal(object)};`),
  );
}

/** Installs the functions, views and triggers of `database/`. Runs again whenever a definition has changed (migrate.ts). */
export class Routines extends Migration {
  override name = 'routines';

  override async up(): Promise<void> {
    for (const sql of routineChanges(await this.installed())) this.addSql(sql);
  }

  override async down(): Promise<void> {
    for (const sql of dropAll((await this.installed()).map(({ object }) => object))) this.addSql(sql);
    this.addSql('DROP TABLE installed_routines');
  }

  private installed(): Promise<Installed[]> {
    return installedRoutines((sql) => this.execute(sql));
  }
}
