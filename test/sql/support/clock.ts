import type pg from 'pg';

/** The setting that triggers take for the clock in a database where FOLLOW_CLOCK was run; empty for the real time. */
export const CLOCK = 'test.clock';

/** Lets triggers, which read the clock by themselves, live at an instant that the test names. */
export const FOLLOW_CLOCK = `
  CREATE OR REPLACE FUNCTION trigger_clock() RETURNS timestamptz LANGUAGE sql VOLATILE AS $clock$
    SELECT coalesce(nullif(current_setting('${CLOCK}', true), '')::timestamptz,
                    date_trunc('milliseconds', clock_timestamp()))
  $clock$;`;

export async function setClock(client: pg.ClientBase, at: Date): Promise<void> {
  await client.query('SELECT set_config($1, $2, false)', [CLOCK, at.toISOString()]);
}
