import type pg from 'pg';

/** The setting that triggers take for the clock in a database where FOLLOW_CLOCK was run; empty for the real time. */
export const CLOCK = 'test.clock';

/** Lets triggers, which read the clock by themselves, live at an instant that the test names. */
export const FOLLOW_CLOCK = `
  DO $follow$ DECLARE reader regproc; BEGIN
    FOREACH reader IN ARRAY ARRAY['trigger_clock', 'is_in_future']::regproc[] LOOP
      EXECUTE replace(pg_get_functiondef(reader), 'clock_timestamp()',
        $clock$coalesce(nullif(current_setting('${CLOCK}', true), '')::timestamptz, clock_timestamp())$clock$);
    END LOOP;
  END $follow$;`;

/** For good, or until it is set again; Infinity is later than everything. */
export async function setClock(client: pg.ClientBase, at: Date | typeof Infinity): Promise<void> {
  await client.query('SELECT set_config($1, $2, false)', [CLOCK, at instanceof Date ? at.toISOString() : 'infinity']);
}
