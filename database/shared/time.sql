-- Columns are timestamptz(3), which rounds: rounding now() would put it into the future.
CREATE FUNCTION to_ms(at timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT date_trunc('milliseconds', at)
$$;
COMMENT ON FUNCTION to_ms IS 'The instant cut to milliseconds (specification 1).';

CREATE FUNCTION rfc3339(at timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;
COMMENT ON FUNCTION rfc3339 IS
  'RFC 3339 in UTC with milliseconds and Z, as every response writes time (specification 1); NULL for NULL.';

-- Functions take the instant as a parameter. A trigger cannot, and it may run long after its transaction began.
CREATE FUNCTION trigger_clock() RETURNS timestamptz
LANGUAGE sql VOLATILE AS $$
  SELECT public.to_ms(clock_timestamp())
$$;
COMMENT ON FUNCTION trigger_clock IS 'The clock of all triggers that compare a row with the present, in milliseconds.';

-- What a client writes as now() is rounded by its column, so the clock is rounded too.
CREATE FUNCTION is_in_future(at timestamptz) RETURNS boolean
LANGUAGE sql VOLATILE AS $$
  SELECT at > clock_timestamp()::timestamptz(3)
$$;
COMMENT ON FUNCTION is_in_future IS 'For triggers: whether an instant has not come yet; NULL for NULL.';
