import { jest } from '@jest/globals';
import type pg from 'pg';

/** Reads the instant of the table `test_clock` wherever the API's statements and the triggers read the clock. */
const USE_TABLE = `
  CREATE TABLE test_clock AS SELECT now() AS at;
  GRANT SELECT ON test_clock TO PUBLIC;
  CREATE FUNCTION public.now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT at FROM public.test_clock';
  DO $$ DECLARE reader regproc; BEGIN
    FOREACH reader IN ARRAY ARRAY['trigger_clock', 'is_in_future']::regproc[] LOOP
      EXECUTE replace(pg_get_functiondef(reader), 'clock_timestamp()', '(SELECT at FROM public.test_clock)');
    END LOOP;
    EXECUTE format('ALTER DATABASE %I SET search_path = public, pg_catalog', current_database());
  END $$;
  SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`;

/** A device whose clocks can be read. */
export interface Device {
  deviceNow(): number;
  monotonicNow(): number;
}

/**
 * The time of a simulated week: that of the database, and of the device that acts. It is always half a second past a
 * whole one, so that a `Date` header tells it exactly.
 */
export class WeekClock {
  now = 0;
  private written = 0;
  private device: Device | undefined;

  constructor(private readonly database: pg.Pool) {}

  async install(): Promise<void> {
    const client = await this.database.connect();
    await client.query(USE_TABLE);
    client.release();
    const { now } = Date;
    const monotonic = performance.now.bind(performance);
    jest.spyOn(Date, 'now').mockImplementation(() => this.device?.deviceNow() ?? now());
    jest.spyOn(performance, 'now').mockImplementation(() => this.device?.monotonicNow() ?? monotonic());
    skipWaits();
  }

  begin(at: number): void {
    this.now = Math.floor(at / 1000) * 1000 + 500;
  }

  advance(seconds: number): void {
    this.now += seconds * 1000;
  }

  /** The instant as a `Date` header. */
  get header(): string {
    return new Date(this.now).toUTCString();
  }

  /** Sets the database's clock. */
  async write(): Promise<void> {
    if (this.written === this.now) return;
    this.written = this.now;
    await this.database.query('UPDATE test_clock SET at = $1', [new Date(this.now)]);
  }

  /** Runs the work with the clocks of a device. */
  async as<T>(device: Device, work: () => Promise<T>): Promise<T> {
    this.device = device;
    try {
      return await work();
    } finally {
      this.device = undefined;
    }
  }
}

/** The queue's pause before the end of a recording passes at once. Its retries do not run: the test sends. */
function skipWaits(): void {
  const real = globalThis.setTimeout;
  const skipping = (work: () => void, ms = 0): unknown =>
    ms === 1000 ? real(work, 0) : ms < 100 ? real(work, ms) : real(() => undefined, 0);
  jest.spyOn(globalThis, 'setTimeout').mockImplementation(skipping as never);
}
