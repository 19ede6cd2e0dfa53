import pg from 'pg';

/** The environment variable that leads a test file, whatever process it runs in, to the cluster of the run. */
export const CLUSTER_URL = 'TEST_CLUSTER_URL';

/** Migrated once, copied for every test file. */
export const TEMPLATE = 'lockin_template';

const icuLocale = process.env['TEST_PG_ICU_LOCALE'];

/** What CREATE DATABASE makes an empty database of: only template0 may be copied into another locale. */
export const EMPTY = icuLocale
  ? `template0 LOCALE_PROVIDER icu ICU_LOCALE ${pg.escapeLiteral(icuLocale)}`
  : 'template0';
