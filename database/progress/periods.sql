-- AT TIME ZONE alone takes the second of two midnights, and an instant inside the later day for some gaps. So this tries
-- the day's midnight with the offsets that hold before and after it; if neither is right, the clocks jumped over
-- midnight, and the jump is found by halving.
CREATE FUNCTION day_start(day date, timezone text) RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = public, pg_temp AS $$
DECLARE
  midnight timestamp := day;
  utc timestamptz := midnight AT TIME ZONE 'UTC';
  before_jump interval := ((utc - interval '15 hours') AT TIME ZONE timezone)
                        - ((utc - interval '15 hours') AT TIME ZONE 'UTC');
  after_jump interval := ((utc + interval '15 hours') AT TIME ZONE timezone)
                       - ((utc + interval '15 hours') AT TIME ZONE 'UTC');
  low timestamptz := utc - after_jump;
  high timestamptz := utc - before_jump;
  middle timestamptz;
BEGIN
  IF high AT TIME ZONE timezone = midnight THEN
    RETURN high;
  ELSIF low AT TIME ZONE timezone = midnight THEN
    RETURN low;
  END IF;
  WHILE high - low > interval '1 second' LOOP
    middle := date_trunc('second', low + (high - low) / 2);
    IF middle AT TIME ZONE timezone >= midnight THEN
      high := middle;
    ELSE
      low := middle;
    END IF;
  END LOOP;
  RETURN high;
END $$;
COMMENT ON FUNCTION day_start IS
  'The first instant of a local day (specification 6): of a midnight that happens twice the first, for one that does not exist the first instant after the gap.';

-- When the clocks go back over midnight, the end of the old day comes again and belongs to the day that began.
CREATE FUNCTION period_first_day(period group_period, timezone text, at timestamptz) RETURNS date
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = public, pg_temp AS $$
DECLARE
  day date := at AT TIME ZONE timezone;
BEGIN
  IF day_start(day + 1, timezone) <= at THEN
    day := day + 1;
  END IF;
  RETURN CASE period WHEN 'weekly' THEN day - (extract(isodow FROM day)::integer - 1) ELSE day END;
END $$;
COMMENT ON FUNCTION period_first_day IS
  'The first local day of the period that an instant lies in: the day itself, or the Monday of its week (specification 6).';

CREATE FUNCTION group_period_at(g groups, at timestamptz, OUT period_start timestamptz, OUT period_end timestamptz)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = public, pg_temp AS $$
DECLARE
  ends timestamptz := greatest(group_end(g), g.start_at);
  clamped timestamptz := greatest(least(at, ends - interval '1 millisecond'), g.start_at);
  first_day date := period_first_day(g.period, g.timezone, clamped);
BEGIN
  period_start := greatest(day_start(first_day, g.timezone), g.start_at);
  period_end := least(day_start(first_day + CASE g.period WHEN 'weekly' THEN 7 ELSE 1 END, g.timezone), ends);
END $$;
COMMENT ON FUNCTION group_period_at IS
  'The group''s period at an instant, clamped to the group: before its start the first one, after its end the last (specification 6).';
