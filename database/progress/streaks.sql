-- Streaks up to a past period are stored, so that reading them does not process the whole life of a group. A change that may
-- affect stored streaks inserts a row into stale_streaks, which takes no lock on the group. Until remember_streaks() has
-- recomputed them, readers compute the streaks from the start of the group. Recent logs insert no row: a period is stored
-- one day after its end, and the longest segment is shorter than that.
CREATE FUNCTION mark_streaks_stale(group_id uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO stale_streaks (group_id) VALUES (mark_streaks_stale.group_id);
END $$;
COMMENT ON FUNCTION mark_streaks_stale IS 'Marks the stored streaks of a group as stale, effective when the transaction commits.';

CREATE FUNCTION begin_streaks() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO remembered_streaks (group_id, until) VALUES (NEW.id, NEW.start_at);
  RETURN NULL;
END $$;
COMMENT ON FUNCTION begin_streaks IS 'Trigger: stores the streaks of a new group, which are empty.';
CREATE TRIGGER groups_begin_streaks AFTER INSERT ON groups FOR EACH ROW EXECUTE FUNCTION begin_streaks();
COMMENT ON TRIGGER groups_begin_streaks ON groups IS 'Makes the group known to remember_streaks().';

CREATE FUNCTION remembered_streaks_of(g groups, at timestamptz) RETURNS remembered_streaks
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  r remembered_streaks;
BEGIN
  SELECT * INTO r FROM remembered_streaks o
   WHERE o.group_id = g.id AND o.until <= at AND NOT EXISTS (SELECT FROM stale_streaks s WHERE s.group_id = g.id);
  r.until := coalesce(r.until, g.start_at);
  RETURN r;
END $$;
COMMENT ON FUNCTION remembered_streaks_of IS
  'The stored streaks of a group at the start of a period, no later than at. If there are none or they are stale, the empty streaks at the start of the group.';

-- A run that starts with the first period extends the stored current streak. Stored streaks are also runs by themselves.
CREATE FUNCTION count_streaks(g groups, r remembered_streaks, last_at timestamptz, at timestamptz)
RETURNS TABLE (user_id uuid, current integer, best integer)
LANGUAGE plpgsql STABLE ROWS 20 SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET max_parallel_workers_per_gather = 0 SET jit = off AS $$
DECLARE
  periods record := group_periods_between(g, r.until, last_at);
  newest integer := cardinality(periods.days);
  unbroken_since integer := CASE WHEN at < periods.bounds[newest + 1] THEN newest - 1 ELSE newest END;
BEGIN
  RETURN QUERY
  WITH met AS (
    SELECT j.user_id, j.nth, j.nth - row_number() OVER (PARTITION BY j.user_id ORDER BY j.nth) AS run
      FROM judged_periods(g, periods.bounds, at) j WHERE j.seconds >= 60 * j.target
  ), remembered AS (
    SELECT * FROM unnest(r.user_ids, r.current, r.best) AS o (user_id, current, best)
  ), runs AS (
    SELECT m.user_id, count(*) + CASE WHEN m.run = 0 THEN coalesce(max(o.current), 0) ELSE 0 END AS length, max(m.nth) AS last
      FROM met m LEFT JOIN remembered o ON o.user_id = m.user_id
     GROUP BY m.user_id, m.run
    UNION ALL SELECT o.user_id, o.current, 0 FROM remembered o
    UNION ALL SELECT o.user_id, o.best, -1 FROM remembered o
  )
  SELECT n.user_id, coalesce(max(n.length) FILTER (WHERE n.last >= unbroken_since), 0)::integer, max(n.length)::integer
    FROM runs n GROUP BY n.user_id;
END $$;
COMMENT ON FUNCTION count_streaks IS
  'Current and best streaks at an instant, also of former members: the stored streaks extended by the periods up to the one of last_at. The current period extends a streak once its goal is met, and never breaks it (specification 4, progress/history).';

-- Rows of stale_streaks are deleted before the logs are read, so that the row of a log that commits later remains. A log in
-- the last period of a group also inserts such a row once the group ended a day ago, so due_at of that group is infinity.
CREATE FUNCTION remember_group_streaks(g groups, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  day_ago CONSTANT timestamptz := at - interval '1 day';
  next record := group_period_at(g, day_ago);
  -- Spreads the work over nine hours, because the periods of many groups end at midnight.
  delay interval := make_interval(secs => hashtext(g.id::text) & 32767);
  r remembered_streaks;
BEGIN
  DELETE FROM stale_streaks s WHERE s.group_id = g.id;
  IF FOUND THEN
    UPDATE remembered_streaks o SET until = g.start_at, user_ids = '{}', current = '{}', best = '{}' WHERE o.group_id = g.id;
  END IF;
  SELECT * INTO r FROM remembered_streaks o WHERE o.group_id = g.id;
  IF next.period_start > r.until THEN
    SELECT coalesce(array_agg(c.user_id), '{}'), coalesce(array_agg(c.current), '{}'), coalesce(array_agg(c.best), '{}')
      INTO r.user_ids, r.current, r.best
      FROM count_streaks(g, r, next.period_start - interval '1 millisecond', at) c;
    r.until := next.period_start;
  END IF;
  UPDATE remembered_streaks o
     SET until = r.until, user_ids = r.user_ids, current = r.current, best = r.best,
         due_at = CASE WHEN day_ago < next.period_end THEN next.period_end + interval '1 day' + delay ELSE 'infinity' END
   WHERE o.group_id = g.id;
END $$;
COMMENT ON FUNCTION remember_group_streaks IS
  'Stores the streaks of a group up to the start of the period that was current a day ago. The caller holds the lock on the row of remembered_streaks.';

CREATE FUNCTION remember_streaks(at timestamptz, max_groups integer DEFAULT 1) RETURNS integer
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  g groups;
  remembered integer := 0;
BEGIN
  -- Two processes can read these rows in different orders. SKIP LOCKED prevents a deadlock.
  DELETE FROM stale_streaks s
   WHERE (s.group_id, s.id) IN (SELECT o.group_id, o.id FROM stale_streaks o
                                 WHERE NOT EXISTS (SELECT FROM remembered_streaks r WHERE r.group_id = o.group_id)
                                   FOR UPDATE SKIP LOCKED);
  FOR g IN SELECT o.* FROM groups o JOIN remembered_streaks r ON r.group_id = o.id
            WHERE r.group_id IN (
              (SELECT s.group_id FROM stale_streaks s LIMIT max_groups)
              UNION ALL
              (SELECT d.group_id FROM remembered_streaks d WHERE d.due_at <= at ORDER BY d.due_at LIMIT max_groups))
              FOR UPDATE OF r SKIP LOCKED LOOP
    PERFORM remember_group_streaks(g, at);
    remembered := remembered + 1;
  END LOOP;
  RETURN remembered;
END $$;
COMMENT ON FUNCTION remember_streaks IS
  'Job: stores the streaks of at most max_groups groups with stale streaks and at most max_groups groups in which a period ended a day ago, and deletes the stale rows of deleted groups. Returns the number of groups.';
