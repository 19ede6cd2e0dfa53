-- AT TIME ZONE alone is not enough: if midnight occurs twice it returns the second one, and for some gaps it returns an
-- instant after the start of the day. This function tries midnight with the UTC offsets in force before and after it. If
-- neither gives midnight, the clocks skipped it, and the transition is found by binary search.
CREATE FUNCTION day_start(day date, timezone text) RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = public, pg_temp AS $$
DECLARE
  midnight timestamp := day;
  utc timestamptz := midnight AT TIME ZONE 'UTC';
  high timestamptz := utc - ((utc - interval '15 hours') AT TIME ZONE timezone - (midnight - interval '15 hours'));
  low timestamptz;
  middle timestamptz;
BEGIN
  IF high AT TIME ZONE timezone = midnight THEN
    RETURN high;
  END IF;
  low := utc - ((utc + interval '15 hours') AT TIME ZONE timezone - (midnight + interval '15 hours'));
  IF low AT TIME ZONE timezone = midnight THEN
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
  'The first instant of a local day (specification 6): the first midnight if midnight occurs twice, the first instant after the gap if it does not occur.';

CREATE FUNCTION period_days(period group_period) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE period WHEN 'weekly' THEN 7 ELSE 1 END
$$;
COMMENT ON FUNCTION period_days IS 'The number of local days in a period.';

CREATE FUNCTION period_first_day(period group_period, local timestamp) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE period WHEN 'weekly' THEN date_trunc('week', local) ELSE local END::date
$$;
COMMENT ON FUNCTION period_first_day IS
  'The first day of the period that contains a local time: the day itself, or the Monday of its week (specification 6).';

-- If the clocks go back across midnight, the last part of the old day occurs twice. The second one belongs to the new day.
CREATE FUNCTION group_period_at(g groups, at timestamptz, OUT period_start timestamptz, OUT period_end timestamptz)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = public, pg_temp AS $$
DECLARE
  ends timestamptz := greatest(group_end(g), g.start_at);
  clamped timestamptz := greatest(least(at, ends - interval '1 millisecond'), g.start_at);
  length integer := period_days(g.period);
  day date := period_first_day(g.period, clamped AT TIME ZONE g.timezone);
BEGIN
  period_start := day_start(day, g.timezone);
  period_end := day_start(day + length, g.timezone);
  IF period_end <= clamped THEN
    period_start := period_end;
    period_end := day_start(day + 2 * length, g.timezone);
  END IF;
  period_start := greatest(period_start, g.start_at);
  period_end := least(period_end, ends);
END $$;
COMMENT ON FUNCTION group_period_at IS
  'The group''s period at an instant, limited to the group''s start and end. Before the start it is the first period, after the end the last one (specification 6).';
