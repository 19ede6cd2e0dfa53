CREATE FUNCTION local_days(first_day date, last_day date, timezone text, OUT days date[], OUT bounds timestamptz[])
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
BEGIN
  SELECT array_agg(d.day ORDER BY d.day), array_agg(d.starts ORDER BY d.day) || max(d.ends) INTO days, bounds
    FROM (SELECT s.day, s.starts, lead(s.starts) OVER (ORDER BY s.day) AS ends
            FROM (SELECT g.day::date AS day, day_start(g.day::date, local_days.timezone) AS starts
                    FROM generate_series(first_day::timestamp, last_day + 1, interval '1 day') AS g (day)) s) d
   WHERE d.starts < d.ends;
END $$;
COMMENT ON FUNCTION local_days IS
  'Local days and their boundaries, one more than days (specification 6, Periods). A local day that the time zone skipped is not listed. NULL if there are none.';

CREATE FUNCTION local_day_at(at timestamptz, timezone text) RETURNS date
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
DECLARE
  day date := at AT TIME ZONE local_day_at.timezone;
BEGIN
  RETURN day + (day_start(day + 1, local_day_at.timezone) <= at)::integer;
END $$;
COMMENT ON FUNCTION local_day_at IS
  'The local day of an instant: the latest one that has begun, also when the clocks went back across its midnight.';

-- As in group_seconds(): of each log only the part after the latest end of the earlier ones is added.
CREATE FUNCTION user_seconds(user_id uuid, bounds timestamptz[], at timestamptz)
RETURNS TABLE (nth integer, seconds bigint)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET max_parallel_workers_per_gather = 0 SET jit = off AS $$
DECLARE
  days integer := cardinality(bounds) - 1;
BEGIN
  RETURN QUERY
  WITH logs AS (
    SELECT l.started_at AS began, l.ended_at AS ended
      FROM time_logs l WHERE l.user_id = user_seconds.user_id AND l.ended_at IS NOT NULL
    UNION ALL
    SELECT l.started_at, least(s.expires_at, at)
      FROM session_participants p
      JOIN sessions s ON s.id = p.session_id AND s.status = 'running'
      JOIN time_logs l ON l.participant_id = p.id AND l.ended_at IS NULL
     WHERE p.user_id = user_seconds.user_id AND NOT p.session_ended
  ), in_order AS (
    SELECT i.*, max(i.ended) OVER (ORDER BY i.began ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS covered
      FROM logs i WHERE i.began < i.ended
  ), pieces AS (
    SELECT greatest(o.began, o.covered) AS began, o.ended FROM in_order o WHERE o.ended > o.covered OR o.covered IS NULL
  ), by_day AS (
    SELECT p.*, generate_series(greatest(width_bucket(p.began, bounds), 1), least(width_bucket(p.ended, bounds), days)) AS nth
      FROM pieces p
  ), cut AS (
    SELECT d.nth, greatest(d.began, bounds[d.nth]) AS began, least(d.ended, bounds[d.nth + 1]) AS ended FROM by_day d
  )
  SELECT c.nth, floor(extract(epoch FROM sum(c.ended - c.began)))::bigint FROM cut c WHERE c.began < c.ended GROUP BY c.nth;
END $$;
COMMENT ON FUNCTION user_seconds IS
  'Whole seconds of a user per local day, over all groups and solo sessions (specification 6, Seconds). bounds holds the boundaries of the days in ascending order; time outside of them does not count. Days without time are not listed.';

CREATE FUNCTION focus_of(caller uuid, timezone text, first_day date, last_day date, at timestamptz) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET max_parallel_workers_per_gather = 0 SET jit = off AS $$
DECLARE
  today date;
  life record;
  span record;
  newest integer;
  body json;
BEGIN
  IF NOT EXISTS (SELECT FROM profiles p WHERE p.id = caller) THEN
    RETURN NULL;
  ELSIF NOT is_timezone(focus_of.timezone) THEN
    RAISE EXCEPTION 'unknown time zone' USING ERRCODE = 'check_violation', CONSTRAINT = 'focus_timezone_known';
  END IF;
  today := local_day_at(at, focus_of.timezone);
  last_day := coalesce(last_day, today);
  first_day := coalesce(first_day, last_day - 29);
  IF first_day > last_day THEN
    RAISE EXCEPTION 'the first day is later than the last' USING ERRCODE = 'check_violation', CONSTRAINT = 'history_in_order';
  ELSIF last_day - first_day >= 366 THEN
    RAISE EXCEPTION 'more than 366 days' USING ERRCODE = 'check_violation', CONSTRAINT = 'focus_at_most_366';
  END IF;
  life := local_days(
    coalesce(local_day_at((SELECT min(l.started_at) FROM time_logs l WHERE l.user_id = caller), focus_of.timezone), today),
    today, focus_of.timezone);
  span := local_days(first_day, last_day, focus_of.timezone);
  newest := cardinality(life.days);
  WITH focused AS MATERIALIZED (
    SELECT f.nth, life.days[f.nth] AS day, f.seconds FROM user_seconds(caller, life.bounds, at) f
  ), runs AS (
    SELECT count(*) AS length, max(r.nth) AS last
      FROM (SELECT f.nth, f.nth - row_number() OVER (ORDER BY f.nth) AS run FROM focused f WHERE f.seconds > 0) r
     GROUP BY r.run
  )
  SELECT json_build_object(
      'timezone', focus_of.timezone,
      'current_streak', (SELECT coalesce(max(r.length), 0) FROM runs r WHERE r.last >= newest - 1),
      'best_streak', (SELECT coalesce(max(r.length), 0) FROM runs r),
      'days', (SELECT coalesce(json_agg(json_build_object('date', d.day, 'seconds', coalesce(f.seconds, 0)) ORDER BY d.day), '[]')
                 FROM unnest(span.days) AS d (day) LEFT JOIN focused f ON f.day = d.day))
    INTO body;
  RETURN body::text;
END $$;
COMMENT ON FUNCTION focus_of IS
  'The time of a user per local day first_day..last_day, by default the last 30, and the streaks over all of the time: series of consecutive days with at least one second, which today does not break (specification 4, Focus). NULL if the account does not exist. Errors: 23514 focus_timezone_known, history_in_order, focus_at_most_366.';
