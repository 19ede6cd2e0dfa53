import pg from 'pg';

/** The environment variable with the URL of the run's cluster. */
export const CLUSTER_URL = 'TEST_CLUSTER_URL';

/** The migrated template of all test databases. */
export const TEMPLATE = 'lockin_template';

const icuLocale = process.env['TEST_PG_ICU_LOCALE'];

/** The template of empty databases: only template0 can be copied with another locale. */
export const EMPTY = icuLocale
  ? `template0 LOCALE_PROVIDER icu ICU_LOCALE ${pg.escapeLiteral(icuLocale)}`
  : 'template0';
