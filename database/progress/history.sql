CREATE FUNCTION group_periods_between(g groups, first_at timestamptz, last_at timestamptz, OUT days date[], OUT bounds timestamptz[])
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
DECLARE
  length integer := period_days(g.period);
  first record := group_period_at(g, first_at);
  last record := group_period_at(g, last_at);
BEGIN
  SELECT array_agg(p.day ORDER BY p.day), array_agg(greatest(p.starts, g.start_at) ORDER BY p.day) || last.period_end
    INTO days, bounds
    FROM (SELECT s.day, s.starts, lead(s.starts) OVER (ORDER BY s.day) AS ends
            FROM (SELECT d.day::date AS day, day_start(d.day::date, g.timezone) AS starts
                    FROM generate_series(period_first_day(g.period, first.period_start AT TIME ZONE g.timezone)::timestamp,
                                         period_first_day(g.period, last.period_start AT TIME ZONE g.timezone) + 2 * length,
                                         make_interval(days => length)) AS d (day)) s) p
   WHERE p.starts < p.ends AND p.ends > first.period_start AND p.starts < last.period_end;
END $$;
COMMENT ON FUNCTION group_periods_between IS
  'The periods of a group from the one at first_at to the one at last_at. days holds the first local day of each period; bounds holds their boundaries, one more than days, clamped to the group as in group_period_at(). A local day that the time zone skipped is not a period.';

CREATE FUNCTION bounds_of_days(g groups, first_day date, last_day date, at timestamptz) RETURNS timestamptz[]
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
DECLARE
  periods record := group_periods_between(g, greatest(day_start(first_day, g.timezone), g.start_at),
    least(day_start(last_day + 1, g.timezone) - interval '1 millisecond', at));
  first integer;
  last integer;
BEGIN
  SELECT min(p.nth), max(p.nth) INTO first, last
    FROM unnest(periods.days) WITH ORDINALITY AS p (day, nth)
   WHERE p.day <= last_day AND p.day + period_days(g.period) > first_day;
  RETURN periods.bounds[first:last + 1];
END $$;
COMMENT ON FUNCTION bounds_of_days IS
  'The boundaries of the periods that overlap the local days and have started by at; one more than the number of periods. NULL if there are none.';

-- A goal can be met only in a period with logs, so other periods are returned only if they are displayed (of_members).
-- Nested loops are off because the planner cannot estimate the number of periods and would join every period with every
-- override.
CREATE FUNCTION judged_periods(g groups, bounds timestamptz[], at timestamptz, of_members boolean DEFAULT false)
RETURNS TABLE (user_id uuid, nth integer, seconds bigint, target integer)
LANGUAGE plpgsql STABLE ROWS 10000 SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET max_parallel_workers_per_gather = 0 SET jit = off SET enable_nestloop = off AS $$
DECLARE
  targets integer[] := ARRAY(
    SELECT t.target FROM unnest(bounds[2:]) WITH ORDINALITY AS p (ends, nth)
      LEFT JOIN targets_in_force(g.id) t ON t.user_id IS NULL AND t.since < p.ends AND t.until >= p.ends
     ORDER BY p.nth);
BEGIN
  RETURN QUERY
  WITH periods AS (
    SELECT p.user_id, p.nth, max(p.seconds) AS seconds
      FROM (SELECT d.user_id, d.nth, d.seconds FROM group_seconds(g.id, bounds, at) d
            UNION ALL
            SELECT m.user_id, shown.nth, 0 FROM group_members m CROSS JOIN generate_series(1, cardinality(targets)) AS shown (nth)
             WHERE of_members AND m.group_id = g.id) p
     GROUP BY p.user_id, p.nth
  )
  SELECT p.user_id, p.nth, p.seconds, coalesce(o.target, targets[p.nth])
    FROM periods p
    LEFT JOIN (SELECT * FROM targets_in_force(g.id) t WHERE t.user_id IS NOT NULL AND t.target IS NOT NULL) o
      ON o.user_id = p.user_id AND o.since < bounds[p.nth + 1] AND o.until >= bounds[p.nth + 1];
END $$;
COMMENT ON FUNCTION judged_periods IS
  'Seconds and target in minutes per member and period (specification 6). Lists every period with seconds, also of former members; with of_members also every period of every current member. bounds holds the boundaries of the periods, as in group_seconds().';

CREATE FUNCTION progress_history(viewer uuid, group_id uuid, first_day date, last_day date, at timestamptz) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET max_parallel_workers_per_gather = 0 SET jit = off AS $$
DECLARE
  g groups;
  length integer;
  shown timestamptz[];
  -- A Monday before every valid date, from which weeks are numbered.
  monday CONSTANT date := '1900-01-01';
BEGIN
  IF first_day > last_day THEN
    RAISE EXCEPTION 'the first day is later than the last'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'history_in_order';
  END IF;
  SELECT gr.* INTO g FROM groups gr JOIN group_members m ON m.group_id = gr.id AND m.user_id = viewer
   WHERE gr.id = progress_history.group_id;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  length := period_days(g.period);
  last_day := coalesce(last_day, period_first_day(g.period, (group_period_at(g, at)).period_start AT TIME ZONE g.timezone));
  first_day := coalesce(first_day, last_day - 29 * length);
  -- The number of periods, including those of both days, minus one.
  IF (last_day - monday) / length - (first_day - monday) / length >= 366 THEN
    RAISE EXCEPTION 'more than 366 periods' USING ERRCODE = 'check_violation', CONSTRAINT = 'history_at_most_366';
  END IF;
  shown := bounds_of_days(g, first_day, last_day, at);
  RETURN (
    WITH judged AS MATERIALIZED (
      SELECT j.*, j.seconds >= 60 * j.target AS met FROM judged_periods(g, shown, at, of_members => true) j
    ), listed AS (
      SELECT j.user_id, json_agg(json_build_object(
               'group_id', g.id, 'user_id', j.user_id,
               'period_start', rfc3339(shown[j.nth]), 'period_end', rfc3339(shown[j.nth + 1]),
               'seconds_done', j.seconds, 'target_minutes', j.target, 'goal_met', j.met) ORDER BY j.nth DESC) AS periods
        FROM judged j GROUP BY j.user_id
    )
    SELECT json_agg(json_build_object(
             'user_id', m.user_id, 'display_name', u.display_name, 'avatar_url', u.avatar_url, 'role', m.role,
             'current_streak', coalesce(s.current, 0), 'best_streak', coalesce(s.best, 0),
             'periods', coalesce(l.periods, '[]'))
             ORDER BY m.created_at, m.join_order)::text
      FROM group_members m
      JOIN profiles u ON u.id = m.user_id
      LEFT JOIN count_streaks(g, remembered_streaks_of(g, at), at, at) s ON s.user_id = m.user_id
      LEFT JOIN listed l ON l.user_id = m.user_id
     WHERE m.group_id = g.id);
END $$;
COMMENT ON FUNCTION progress_history IS
  'The streaks of every current member since the start of the group, and the periods that overlap the local days first_day..last_day, newest first, by default the last 30 (specification 4, progress/history). A streak is a series of consecutive periods in which the goal was met. The current period extends the streak once its goal is met, and never breaks it. NULL if the viewer is not a member. Errors: 23514 history_in_order, history_at_most_366.';
