CREATE FUNCTION group_periods_until(g groups, at timestamptz, OUT days date[], OUT bounds timestamptz[])
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
DECLARE
  length integer := CASE g.period WHEN 'weekly' THEN 7 ELSE 1 END;
  last record := group_period_at(g, at);
BEGIN
  SELECT array_agg(p.day ORDER BY p.day), array_agg(greatest(p.starts, g.start_at) ORDER BY p.day) || last.period_end
    INTO days, bounds
    FROM (SELECT d.day::date AS day, day_start(d.day::date, g.timezone) AS starts,
                 day_start(d.day::date + length, g.timezone) AS ends
            FROM generate_series(period_first_day(g.period, g.timezone, g.start_at)::timestamp,
                                 period_first_day(g.period, g.timezone, last.period_start),
                                 make_interval(days => length)) AS d (day)) p
   WHERE p.starts < p.ends;
END $$;
COMMENT ON FUNCTION group_periods_until IS
  'The periods of a group from its first to the one at an instant: their first local days, and their borders, one more than days, clamped to the group as group_period_at() does. A day that the calendar skipped is no period.';

CREATE FUNCTION progress_history(viewer uuid, group_id uuid, first_day date, last_day date, at timestamptz) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp
SET max_parallel_workers_per_gather = 0 SET jit = off AS $$
DECLARE
  g groups;
  length integer;
  known record;
  newest integer;
  unbroken_since integer;
  -- One before all time, so that whole weeks are counted from it.
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
  length := CASE g.period WHEN 'weekly' THEN 7 ELSE 1 END;
  known := group_periods_until(g, at);
  newest := cardinality(known.days);
  last_day := coalesce(last_day, known.days[newest]);
  first_day := coalesce(first_day, last_day - 29 * length);
  -- The periods that the two days lie in, both counted.
  IF (last_day - monday) / length - (first_day - monday) / length >= 366 THEN
    RAISE EXCEPTION 'more than 366 periods' USING ERRCODE = 'check_violation', CONSTRAINT = 'history_at_most_366';
  END IF;
  unbroken_since := CASE WHEN at < known.bounds[newest + 1] THEN newest - 1 ELSE newest END;
  RETURN (
    WITH done AS MATERIALIZED (
      SELECT d.user_id, d.nth, d.seconds FROM group_seconds(g.id, known.bounds, at) d
    ), periods AS MATERIALIZED (
      SELECT p.nth, known.days[p.nth] AS day, known.bounds[p.nth + 1] AS ended,
             target_before(g.id, NULL, known.bounds[p.nth + 1]) AS target
        FROM generate_series(1, newest) AS p (nth)
    ), overrides AS MATERIALIZED (
      SELECT c.user_id, c.target_minutes AS target, c.changed_at AS since,
             lead(c.changed_at, 1, 'infinity') OVER (PARTITION BY c.user_id ORDER BY c.changed_at, c.id) AS until
        FROM target_changes c WHERE c.group_id = g.id AND c.user_id IS NOT NULL
    ), judged AS MATERIALIZED (
      SELECT m.user_id, p.nth, coalesce(d.seconds, 0) AS seconds, coalesce(o.target, p.target) AS target
        FROM group_members m
       CROSS JOIN periods p
        LEFT JOIN done d ON d.user_id = m.user_id AND d.nth = p.nth
        LEFT JOIN overrides o ON o.user_id = m.user_id AND o.since < p.ended AND o.until >= p.ended
       WHERE m.group_id = g.id
    ), met AS (
      SELECT j.user_id, j.nth FROM judged j WHERE j.seconds >= 60 * j.target
    ), runs AS (
      SELECT r.user_id, count(*) AS length, max(r.nth) AS last
        FROM (SELECT m.user_id, m.nth, m.nth - row_number() OVER (PARTITION BY m.user_id ORDER BY m.nth) AS run FROM met m) r
       GROUP BY r.user_id, r.run
    ), streaks AS (
      SELECT r.user_id, max(r.length) AS best, max(r.length) FILTER (WHERE r.last >= unbroken_since) AS current
        FROM runs r GROUP BY r.user_id
    ), shown AS (
      SELECT p.nth, rfc3339(known.bounds[p.nth]) AS starts, rfc3339(p.ended) AS ends
        FROM periods p
       WHERE p.day <= last_day AND p.day + length > first_day
    ), listed AS (
      SELECT j.user_id, json_agg(json_build_object(
               'group_id', g.id, 'user_id', j.user_id, 'period_start', w.starts, 'period_end', w.ends,
               'seconds_done', j.seconds, 'target_minutes', j.target, 'goal_met', j.seconds >= 60 * j.target)
               ORDER BY j.nth DESC) AS periods
        FROM shown w JOIN judged j ON j.nth = w.nth GROUP BY j.user_id
    )
    SELECT json_agg(json_build_object(
             'user_id', m.user_id, 'display_name', u.display_name, 'avatar_url', u.avatar_url, 'role', m.role,
             'current_streak', coalesce(s.current, 0), 'best_streak', coalesce(s.best, 0),
             'periods', coalesce(l.periods, '[]'))
             ORDER BY m.created_at, m.join_order)::text
      FROM group_members m
      JOIN profiles u ON u.id = m.user_id
      LEFT JOIN streaks s ON s.user_id = m.user_id
      LEFT JOIN listed l ON l.user_id = m.user_id
     WHERE m.group_id = g.id);
END $$;
COMMENT ON FUNCTION progress_history IS
  'Every present member''s streaks over the whole life of the group, and the periods that touch the local days first_day..last_day, newest first, by default the last 30 (specification 4, progress/history). A streak is a run of periods with the goal met; the running period lengthens it once met, and breaks none. NULL unless the viewer is a member. Errors: 23514 history_in_order, history_at_most_366.';
