-- Overlapping time counts once: of each log only the part after the latest end of the member's earlier logs is added.
-- The function uses a generic plan, because planning for every group takes several times as long as execution. Parallel
-- workers and JIT are off, because the planner would choose them for the estimates of a generic plan, which is 8 to 23 times
-- slower. The plan is created at the first call in a connection and reused with the settings of every caller, so nested loops
-- are turned on explicitly: judged_periods() turns them off.
CREATE FUNCTION group_seconds(group_id uuid, bounds timestamptz[], at timestamptz)
RETURNS TABLE (user_id uuid, nth integer, seconds bigint)
LANGUAGE plpgsql STABLE ROWS 50 SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET max_parallel_workers_per_gather = 0 SET jit = off SET enable_nestloop = on AS $$
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
      FROM sessions s
      JOIN session_participants p ON p.session_id = s.id
      JOIN time_logs l ON l.participant_id = p.id AND l.ended_at IS NULL
     WHERE s.group_id = group_seconds.group_id AND s.status = 'running'
  ), by_period AS (
    SELECT l.*, generate_series(CASE WHEN periods = 1 THEN 1 ELSE greatest(width_bucket(l.began, bounds), 1) END,
                                CASE WHEN periods = 1 THEN 1 ELSE least(width_bucket(l.ended, bounds), periods) END) AS nth
      FROM logs l
  ), pieces AS (
    SELECT l.user_id, l.nth, greatest(l.began, bounds[l.nth]) AS began, least(l.ended, bounds[l.nth + 1]) AS ended
      FROM by_period l
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
  'Whole seconds per member and period (specification 6). The race, past periods, streaks and milestones are all computed by this function. bounds holds the boundaries of the periods in ascending order; period n is [bounds[n], bounds[n + 1]). Closed logs count in full; running segments count up to at or to the expiry of their session, whichever is earlier. Time is split at the boundaries of the periods. Members without seconds are not listed.';

-- A single SELECT, so that PostgreSQL inlines the function into the calling statement.
CREATE FUNCTION period_progress(g groups, period_start timestamptz, period_end timestamptz, at timestamptz)
RETURNS TABLE (user_id uuid, seconds_done bigint, target_minutes integer, goal_met boolean, role member_role,
               created_at timestamptz, join_order bigint)
LANGUAGE sql STABLE ROWS 50 AS $$
  SELECT t.user_id, t.seconds, t.target, t.seconds >= 60 * t.target, t.role, t.created_at, t.join_order
    FROM (SELECT m.user_id, m.role, m.created_at, m.join_order, coalesce(d.seconds, 0) AS seconds,
                 CASE WHEN EXISTS (SELECT FROM public.target_changes c
                                    WHERE c.group_id = g.id AND c.changed_at >= period_progress.period_end)
                      THEN public.target_before(g.id, m.user_id, period_progress.period_end)
                      ELSE coalesce(m.override_period_target_minutes, g.period_target_minutes) END AS target
            FROM public.group_members m
            LEFT JOIN public.group_seconds(g.id, ARRAY[period_progress.period_start, period_progress.period_end], at) d
              ON d.user_id = m.user_id
           WHERE m.group_id = g.id) t
$$;
COMMENT ON FUNCTION period_progress IS
  'The progress of every current member in one period of the group, with the time logged up to at. The target is the one in force at the end of the period, or the current one if the period has not ended (specification 6).';

CREATE FUNCTION group_progress_at(group_id uuid, at timestamptz) RETURNS SETOF member_period_progress
LANGUAGE plpgsql STABLE ROWS 50 SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET max_parallel_workers_per_gather = 0 SET jit = off AS $$
DECLARE
  g groups;
  period record;
BEGIN
  SELECT * INTO g FROM groups WHERE id = group_progress_at.group_id;
  IF FOUND THEN
    period := group_period_at(g, at);
    RETURN QUERY SELECT g.id, p.user_id, period.period_start, period.period_end, p.seconds_done, p.target_minutes, p.goal_met
      FROM period_progress(g, period.period_start, period.period_end, at) p;
  END IF;
END $$;
COMMENT ON FUNCTION group_progress_at IS
  'The race at an instant (specification 6): every current member in the group''s period at that instant, with the columns of the view group_member_period_progress. No rows for an unknown group.';

CREATE VIEW group_member_period_progress AS
SELECT g.id AS group_id, p.user_id, p.period_start, p.period_end, p.seconds_done, p.target_minutes, p.goal_met
  FROM groups g CROSS JOIN LATERAL group_progress_at(g.id, to_ms(now())) p;
COMMENT ON VIEW group_member_period_progress IS 'The current race of every group: group_progress_at() at the current time (specification 2).';

-- The JSON is built with concat(), because the race is read most often and json_agg() of records takes twice as long.
CREATE FUNCTION group_progress_json(viewer uuid, group_id uuid, at timestamptz, OUT etag text, OUT body text)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET max_parallel_workers_per_gather = 0 SET jit = off AS $$
DECLARE
  g groups;
  period record;
  head text;
  dates text;
BEGIN
  SELECT gr.* INTO g FROM groups gr JOIN group_members m ON m.group_id = gr.id AND m.user_id = viewer
   WHERE gr.id = group_progress_json.group_id;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  period := group_period_at(g, at);
  head := concat('{"as_of":"', rfc3339(at), '","group_id":"', g.id, '","user_id":"');
  dates := concat('","period_start":"', rfc3339(period.period_start), '","period_end":"', rfc3339(period.period_end),
                  '","seconds_done":');
  WITH open AS (
    SELECT l.user_id
      FROM sessions s
      JOIN session_participants p ON p.session_id = s.id
      JOIN time_logs l ON l.participant_id = p.id AND l.ended_at IS NULL
     WHERE s.group_id = g.id AND s.status = 'running' AND session_status_at(s, at) = 'running'
       AND at >= period.period_start AND at < period.period_end
  ), ranked AS (
    SELECT p.*, u.display_name, u.avatar_url, p.user_id IN (SELECT o.user_id FROM open o) AS running,
           row_number() OVER (ORDER BY p.seconds_done DESC, p.created_at, p.join_order) AS rank
      FROM period_progress(g, period.period_start, period.period_end, at) p
      JOIN profiles u ON u.id = p.user_id
  ), rows AS MATERIALIZED (
    SELECT r.user_id, r.seconds_done, r.running,
           concat(',"target_minutes":', r.target_minutes, ',"goal_met":', r.goal_met::text,
                  ',"display_name":', coalesce(to_json(r.display_name)::text, 'null'),
                  ',"avatar_url":', coalesce(to_json(r.avatar_url)::text, 'null'),
                  ',"role":"', r.role, '","rank":', r.rank, ',"running":', r.running::text, '}') AS rest
      FROM ranked r
  )
  SELECT concat('W/"', to_hex(hashtextextended(dates, bit_xor(hashtextextended(
           concat(r.user_id, CASE WHEN NOT r.running THEN r.seconds_done END, r.rest), 0)))), '"'),
         concat('[', string_agg(concat(head, r.user_id, dates, r.seconds_done, r.rest), E', \n '), ']')
    INTO etag, body
    FROM rows r;
END $$;
COMMENT ON FUNCTION group_progress_json IS
  'The race as in responses (specification 6) and its ETag, which covers everything except as_of and the seconds of running members. A member is running while an open segment counts, so not before the group has begun. Both are NULL if the viewer is not a member.';
