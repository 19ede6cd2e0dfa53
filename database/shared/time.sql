-- Columns are timestamptz(3), which rounds. Rounding now() up would store an instant in the future.
CREATE FUNCTION to_ms(at timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT date_trunc('milliseconds', at)
$$;
COMMENT ON FUNCTION to_ms IS 'Truncates an instant to milliseconds (specification 1).';

CREATE FUNCTION rfc3339(at timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;
COMMENT ON FUNCTION rfc3339 IS
  'Formats an instant as in every response: RFC 3339 in UTC with milliseconds and Z (specification 1). NULL for NULL.';

-- Functions receive the current time as a parameter. A trigger cannot, and it may run long after its transaction started,
-- so now() would be too early.
CREATE FUNCTION trigger_clock() RETURNS timestamptz
LANGUAGE sql VOLATILE AS $$
  SELECT public.to_ms(clock_timestamp())
$$;
COMMENT ON FUNCTION trigger_clock IS 'The current time for triggers, truncated to milliseconds.';

-- The column rounds a client's now() to milliseconds, so the clock is rounded too.
CREATE FUNCTION is_in_future(at timestamptz) RETURNS boolean
LANGUAGE sql VOLATILE AS $$
  SELECT at > clock_timestamp()::timestamptz(3)
$$;
COMMENT ON FUNCTION is_in_future IS 'For triggers: whether an instant is in the future; NULL for NULL.';
