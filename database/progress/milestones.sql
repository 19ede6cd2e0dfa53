CREATE FUNCTION lock_milestones(group_ids uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(o.id::text, 7)) FROM (SELECT unnest(group_ids) AS id ORDER BY id) o;
END $$;
COMMENT ON FUNCTION lock_milestones IS 'Locks the milestones of groups until the end of the transaction, so that only one transaction at a time evaluates goals.';

CREATE FUNCTION longest_job_delay() RETURNS interval
LANGUAGE sql IMMUTABLE AS $$ SELECT interval '10 minutes' $$;
COMMENT ON FUNCTION longest_job_delay IS 'How late the minute''s jobs may be without a goal being missed.';

-- If two members meet their goals at the same time, the second transaction sees both, because the first one holds the lock
-- until it commits. For a period that has ended, only goals reached at its very end are recorded: earlier ones have been
-- recorded already, and the membership may have changed since.
CREATE FUNCTION award_period_milestones(g groups, period_start timestamptz, period_end timestamptz, at timestamptz)
RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  recorded_until timestamptz := greatest(award_period_milestones.period_end - longest_job_delay(), award_period_milestones.period_start);
  details jsonb := jsonb_build_object('period_start', rfc3339(award_period_milestones.period_start));
  reached uuid[];
  reached_by_all boolean;
BEGIN
  WITH race AS MATERIALIZED (
    SELECT p.user_id, p.goal_met, at < award_period_milestones.period_end OR NOT coalesce(b.goal_met, false) AS is_new
      FROM period_progress(g, award_period_milestones.period_start, award_period_milestones.period_end, at) p
      LEFT JOIN period_progress(g, award_period_milestones.period_start, recorded_until, at) b
        ON b.user_id = p.user_id AND at >= award_period_milestones.period_end
  ), members AS (
    INSERT INTO milestones
    SELECT g.id, r.user_id, award_period_milestones.period_start, at FROM race r WHERE r.goal_met AND r.is_new
    ON CONFLICT ON CONSTRAINT milestones_once_a_period DO NOTHING
    RETURNING user_id
  ), everybody AS (
    INSERT INTO milestones
    SELECT g.id, NULL, award_period_milestones.period_start, at FROM race r
    HAVING bool_and(r.goal_met) AND (at < award_period_milestones.period_end OR EXISTS (SELECT FROM members))
    ON CONFLICT ON CONSTRAINT milestones_once_a_period DO NOTHING
    RETURNING group_id
  )
  SELECT ARRAY(SELECT m.user_id FROM members m), EXISTS (SELECT FROM everybody) INTO reached, reached_by_all;
  IF reached <> '{}' THEN
    PERFORM create_notifications(reached, 'milestone_member', g.id, 'milestone_member', NULL, at, details);
  END IF;
  IF reached_by_all THEN
    PERFORM create_notifications(group_member_ids(g.id), 'milestone_group', g.id, 'milestone_group', NULL, at, details);
  END IF;
END $$;
COMMENT ON FUNCTION award_period_milestones IS
  'Records the goals of a period that are newly met and sends notifications: to a member for the own goal, to all members once every member has met the goal (specification 8).';

CREATE FUNCTION award_milestones(group_id uuid, at timestamptz, logs_changed boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  g groups;
  period record;
BEGIN
  PERFORM lock_milestones(ARRAY[award_milestones.group_id]);
  SELECT * INTO g FROM groups WHERE id = award_milestones.group_id;
  IF NOT FOUND OR (group_has_ended(g, at) AND NOT logs_changed) THEN
    RETURN;
  END IF;
  FOR period IN SELECT * FROM periods_to_judge(g, at, logs_changed) LOOP
    PERFORM award_period_milestones(g, period.period_start, period.period_end, at);
  END LOOP;
END $$;
COMMENT ON FUNCTION award_milestones IS
  'Evaluates the goals of the current period of a group. Must be called at the end of every transaction that changes logs, targets or members. With logs_changed, a period that has just ended is evaluated too. No effect if group_id is NULL (solo session).';

-- A change of a target waits for transactions that have added time, and they wait for it. Otherwise neither would see the
-- other, and a goal that is met by both together would never be recorded.
CREATE FUNCTION lock_targets(group_id uuid) RETURNS void
LANGUAGE sql VOLATILE AS $$
  SELECT pg_advisory_xact_lock(hashtextextended(group_id::text, 8))
$$;
COMMENT ON FUNCTION lock_targets IS
  'Locks the targets of a group until the end of the transaction, against award_milestones_to(), which shares the lock 8. Must be called between a change of a target and award_milestones().';

CREATE FUNCTION award_milestones_to(people uuid[], group_id uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  g groups;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtextextended(award_milestones_to.group_id::text, 8));
  SELECT * INTO g FROM groups WHERE id = award_milestones_to.group_id;
  IF FOUND AND EXISTS (SELECT FROM periods_to_judge(g, at, true) t
                        WHERE goal_in_reach(g, t.period_start, t.period_end, at, people)) THEN
    PERFORM award_milestones(g.id, at, logs_changed => true);
  END IF;
END $$;
COMMENT ON FUNCTION award_milestones_to IS
  'Calls award_milestones() after a change of the logs of these users, if one of them may have met a goal that is not recorded. No effect if group_id is NULL (solo session).';

CREATE FUNCTION periods_to_judge(g groups, at timestamptz, logs_changed boolean)
RETURNS TABLE (period_start timestamptz, period_end timestamptz)
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
BEGIN
  SELECT * INTO period_start, period_end FROM group_period_at(g, at);
  IF at < period_end OR (logs_changed AND at < period_end + longest_job_delay()) THEN
    RETURN NEXT;
  END IF;
  IF logs_changed AND period_start > g.start_at AND at < period_start + longest_job_delay() THEN
    SELECT * INTO period_start, period_end FROM group_period_at(g, period_start - interval '1 millisecond');
    RETURN NEXT;
  END IF;
END $$;
COMMENT ON FUNCTION periods_to_judge IS
  'The periods whose goals a change may have met: the current one and, if logs changed, one that ended less than longest_job_delay() ago, including the last period of the group (specification 8).';

-- Takes the lock only if there is something to record, so that session verbs do not wait for this job.
CREATE FUNCTION award_running_milestones(at timestamptz, group_ids uuid[] DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  g groups;
BEGIN
  group_ids := coalesce(group_ids, ARRAY(SELECT groups_with_running_time()));
  UPDATE sessions s SET milestones_pending = false
   WHERE s.id IN (SELECT o.id FROM sessions o WHERE o.milestones_pending AND o.group_id = ANY (group_ids)
                   ORDER BY o.id FOR NO KEY UPDATE SKIP LOCKED);
  FOR g IN SELECT * FROM groups o WHERE o.id = ANY (group_ids) ORDER BY o.id LOOP
    IF EXISTS (SELECT FROM periods_to_judge(g, at, true) t
                CROSS JOIN LATERAL period_progress(g, t.period_start, t.period_end, at) p
                WHERE p.goal_met AND NOT EXISTS (SELECT FROM milestones m
                  WHERE m.group_id = g.id AND m.period_start = t.period_start AND m.user_id = p.user_id)) THEN
      PERFORM award_milestones(g.id, at, logs_changed => true);
    END IF;
  END LOOP;
  RETURN cardinality(group_ids);
END $$;
COMMENT ON FUNCTION award_running_milestones IS
  'Job: evaluates the goals of some of the groups listed by groups_with_running_time(), or of all of them in one transaction if group_ids is NULL. Returns the number of groups.';

-- Counts overlapping time more than once, so the result may be a false positive. In most groups with running sessions, no
-- unmet goal is near.
CREATE FUNCTION goal_in_reach(g groups, period_start timestamptz, period_end timestamptz, at timestamptz, people uuid[] DEFAULT NULL)
RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET max_parallel_workers_per_gather = 0 SET jit = off AS $$
DECLARE
  unmet uuid[] := ARRAY(
    SELECT m.user_id FROM group_members m
     WHERE m.group_id = g.id AND (people IS NULL OR m.user_id = ANY (people))
       AND NOT EXISTS (SELECT FROM milestones r
                        WHERE r.group_id = g.id AND r.period_start = goal_in_reach.period_start AND r.user_id = m.user_id));
BEGIN
  IF unmet = '{}' THEN
    RETURN false;
  END IF;
  RETURN EXISTS (
    SELECT FROM (
      SELECT l.user_id, sum(least(l.ended, goal_in_reach.period_end) - greatest(l.started_at, goal_in_reach.period_start)) AS time
        FROM (SELECT c.user_id, c.started_at, c.ended_at AS ended FROM time_logs c
               WHERE c.group_id = g.id AND c.ended_at > goal_in_reach.period_start
              UNION ALL
              SELECT o.user_id, o.started_at, greatest(o.started_at, goal_in_reach.period_start, at) FROM time_logs o
               WHERE o.group_id = g.id AND o.ended_at IS NULL) l
       WHERE l.started_at < goal_in_reach.period_end AND l.user_id = ANY (unmet)
       GROUP BY l.user_id) done
      JOIN group_members m ON m.group_id = g.id AND m.user_id = done.user_id
     WHERE done.time >= make_interval(mins => coalesce(m.override_period_target_minutes, g.period_target_minutes)))
    OR at >= goal_in_reach.period_end AND EXISTS (
      SELECT FROM target_changes c WHERE c.group_id = g.id AND c.changed_at >= goal_in_reach.period_end);
END $$;
COMMENT ON FUNCTION goal_in_reach IS
  'Whether a member, or one of the given users, may have met a goal that is not recorded. False is exact; true may be wrong. Much cheaper than period_progress().';

CREATE FUNCTION groups_with_running_time() RETURNS SETOF uuid
LANGUAGE sql STABLE AS $$
  SELECT s.group_id FROM public.sessions s WHERE s.status = 'running' AND s.group_id IS NOT NULL
   UNION SELECT s.group_id FROM public.sessions s WHERE s.milestones_pending
   ORDER BY group_id
$$;
COMMENT ON FUNCTION groups_with_running_time IS
  'The groups whose goals may be met by the passing of time: those with a running session, or with an expired session whose milestones are pending.';

CREATE FUNCTION groups_with_goals_in_reach(group_ids uuid[], at timestamptz) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  g groups;
BEGIN
  FOR g IN SELECT * FROM groups o WHERE o.id = ANY (group_ids) LOOP
    IF EXISTS (SELECT FROM sessions s WHERE s.milestones_pending AND s.group_id = g.id)
      OR EXISTS (SELECT FROM periods_to_judge(g, at, true) t WHERE goal_in_reach(g, t.period_start, t.period_end, at)) THEN
      RETURN NEXT g.id;
    END IF;
  END LOOP;
END $$;
COMMENT ON FUNCTION groups_with_goals_in_reach IS
  'Filters group_ids to those that award_running_milestones() must process; the others have nothing to record. Takes no locks.';
