-- A log adds what lies beyond the latest end among the member's logs that began before it: so time that overlaps counts
-- once. The plan is kept, since planning anew for every group takes several times as long as running; the kept plan is
-- made for average numbers, from which the planner would choose parallel workers and JIT, 8 to 23 times slower.
CREATE FUNCTION group_seconds(group_id uuid, bounds timestamptz[], at timestamptz)
RETURNS TABLE (user_id uuid, nth integer, seconds bigint)
LANGUAGE plpgsql STABLE ROWS 50 SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET max_parallel_workers_per_gather = 0 SET jit = off AS $$
DECLARE
  periods integer := cardinality(bounds) - 1;
  starts timestamptz := bounds[1];
  ends timestamptz := bounds[periods + 1];
BEGIN
  RETURN QUERY
  WITH logs AS (
    SELECT l.user_id, l.started_at AS began, l.ended_at AS ended
      FROM time_logs l
     WHERE l.group_id = group_seconds.group_id AND l.ended_at > starts AND l.started_at < ends
    UNION ALL
    SELECT l.user_id, l.started_at, least(s.expires_at, at)
      FROM time_logs l
      JOIN session_participants p ON p.id = l.participant_id
      JOIN sessions s ON s.id = p.session_id
     WHERE l.group_id = group_seconds.group_id AND l.ended_at IS NULL
  ), pieces AS (
    SELECT l.user_id, piece.nth, greatest(l.began, bounds[piece.nth]) AS began,
           least(l.ended, bounds[piece.nth + 1]) AS ended
      FROM logs l
     CROSS JOIN LATERAL generate_series(
       greatest(width_bucket(l.began, bounds), 1), least(width_bucket(l.ended, bounds), periods)) AS piece (nth)
  ), in_order AS (
    SELECT i.*, max(i.ended) OVER (
             PARTITION BY i.user_id, i.nth ORDER BY i.began ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS covered
      FROM pieces i
     WHERE i.began < i.ended
  )
  SELECT o.user_id, o.nth, floor(extract(epoch FROM sum(o.ended - greatest(o.began, o.covered))))::bigint
    FROM in_order o
   WHERE o.ended > o.covered OR o.covered IS NULL
   GROUP BY o.user_id, o.nth;
END $$;
COMMENT ON FUNCTION group_seconds IS
  'Whole seconds by member and period (specification 6): the one definition behind the race, past periods, streaks and milestones. bounds holds the borders of the periods in order, the nth period being [bounds[n], bounds[n + 1]). Closed logs count whole, running segments up to the instant and to where their session ends by itself; each is cut to every period that it touches. Members without seconds are not listed.';

CREATE FUNCTION period_progress(g groups, period_start timestamptz, period_end timestamptz, at timestamptz)
RETURNS SETOF member_period_progress
LANGUAGE plpgsql STABLE ROWS 50 SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET max_parallel_workers_per_gather = 0 SET jit = off AS $$
DECLARE
  changed_since boolean := EXISTS (SELECT FROM target_changes c WHERE c.group_id = g.id AND c.changed_at >= period_progress.period_end);
BEGIN
  RETURN QUERY
  SELECT g.id, t.user_id, period_progress.period_start, period_progress.period_end, t.seconds, t.target,
         t.seconds >= 60 * t.target
    FROM (SELECT m.user_id, coalesce(d.seconds, 0) AS seconds,
                 CASE WHEN changed_since THEN target_before(g.id, m.user_id, period_progress.period_end)
                      ELSE coalesce(m.override_period_target_minutes, g.period_target_minutes) END AS target
            FROM group_members m
            LEFT JOIN group_seconds(g.id, ARRAY[period_progress.period_start, period_progress.period_end], at) d
              ON d.user_id = m.user_id
           WHERE m.group_id = g.id) t;
END $$;
COMMENT ON FUNCTION period_progress IS
  'Every present member in one period of the group, as far as it is known at the instant, judged by the target in force when the period ended, which for one that has not ended is the present one (specification 6).';

CREATE FUNCTION group_progress_at(group_id uuid, at timestamptz) RETURNS SETOF member_period_progress
LANGUAGE plpgsql STABLE ROWS 50 SET search_path = public, pg_temp AS $$
DECLARE
  g groups;
BEGIN
  SELECT * INTO g FROM groups WHERE id = group_progress_at.group_id;
  IF FOUND THEN
    RETURN QUERY SELECT p.* FROM group_period_at(g, at) t CROSS JOIN LATERAL period_progress(g, t.period_start, t.period_end, at) p;
  END IF;
END $$;
COMMENT ON FUNCTION group_progress_at IS
  'The race at an instant (specification 6): every present member in the group''s period then, with the columns of the view group_member_period_progress; no row for an unknown group.';

CREATE VIEW group_member_period_progress AS
SELECT g.id AS group_id, p.user_id, p.period_start, p.period_end, p.seconds_done, p.target_minutes, p.goal_met
  FROM groups g CROSS JOIN LATERAL group_progress_at(g.id, to_ms(now())) p;
COMMENT ON VIEW group_member_period_progress IS 'The current race of every group: group_progress_at() now (specification 2).';

CREATE FUNCTION group_progress_json(viewer uuid, group_id uuid, at timestamptz, OUT etag text, OUT body text)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET max_parallel_workers_per_gather = 0 SET jit = off AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM group_members m WHERE m.group_id = group_progress_json.group_id AND m.user_id = viewer) THEN
    RETURN;
  END IF;
  WITH running AS MATERIALIZED (
    SELECT DISTINCT l.user_id
      FROM time_logs l
      JOIN session_participants p ON p.id = l.participant_id
      JOIN sessions s ON s.id = p.session_id
     WHERE l.group_id = group_progress_json.group_id AND l.ended_at IS NULL AND session_status_at(s, at) = 'running'
  ), progress AS MATERIALIZED (
    SELECT * FROM group_progress_at(group_progress_json.group_id, at)
  ), period AS MATERIALIZED (
    SELECT rfc3339(p.period_start) AS starts, rfc3339(p.period_end) AS ends FROM progress p LIMIT 1
  ), ranked AS (
    SELECT p.group_id, p.user_id, period.starts AS period_start, period.ends AS period_end,
           p.seconds_done, p.target_minutes, p.goal_met, u.display_name, u.avatar_url, m.role,
           row_number() OVER (ORDER BY p.seconds_done DESC, m.created_at, m.join_order) AS rank,
           p.user_id IN (SELECT r.user_id FROM running r) AS running
      FROM progress p
      JOIN group_members m ON m.group_id = group_progress_json.group_id AND m.user_id = p.user_id
      JOIN profiles u ON u.id = p.user_id
     CROSS JOIN period
  )
  SELECT 'W/"' || md5(string_agg(concat_ws('|', r.user_id, CASE WHEN NOT r.running THEN r.seconds_done END, r.period_start,
             r.period_end, r.target_minutes, r.goal_met, r.role, r.running, r.avatar_url, to_json(r.display_name)), E'\n'
             ORDER BY r.rank)) || '"',
         json_build_object('as_of', rfc3339(at), 'members', json_agg(r ORDER BY r.rank))::text
    INTO etag, body
    FROM ranked r;
END $$;
COMMENT ON FUNCTION group_progress_json IS
  'The race as responses show it (specification 6), and its ETag: over everything but as_of and the seconds of running members. NULL for both unless the viewer is a member.';
