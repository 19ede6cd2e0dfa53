import type pg from 'pg';

/** The setting that replaces the clock of triggers after USE_TEST_CLOCK; empty for the real time. */
export const CLOCK = 'test.clock';

/** Makes triggers, which read the clock themselves, read the instant of the CLOCK setting instead. */
export const USE_TEST_CLOCK = `
  DO $replace$ DECLARE reader regproc; BEGIN
    FOREACH reader IN ARRAY ARRAY['trigger_clock', 'is_in_future']::regproc[] LOOP
      EXECUTE replace(pg_get_functiondef(reader), 'clock_timestamp()',
        $clock$coalesce(nullif(current_setting('${CLOCK}', true), '')::timestamptz, clock_timestamp())$clock$);
    END LOOP;
  END $replace$;`;

/** Applies to the whole connection. Infinity lies after every instant. */
export async function setClock(client: pg.ClientBase, at: Date | typeof Infinity): Promise<void> {
  await client.query('SELECT set_config($1, $2, false)', [CLOCK, at instanceof Date ? at.toISOString() : 'infinity']);
}
