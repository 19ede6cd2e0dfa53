-- Transactions that use NOTIFY commit one at a time, each waiting for its WAL flush, because PostgreSQL takes a lock for the
-- whole cluster. Connections of the API, recognized by their application_name, therefore receive an INFO message instead,
-- and the API sends one NOTIFY after the commit for many changes (src/database/change-notifier.ts). INFO is sent regardless
-- of client_min_messages. Sessions and participants need no trigger: their changes also change logs, or come with the end
-- of the group.
CREATE FUNCTION notify_race_changed(group_id uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  IF current_setting('application_name') = 'lockin api' THEN
    RAISE INFO USING ERRCODE = 'LKCHG', MESSAGE = 'race changed', DETAIL = group_id;
  ELSE
    PERFORM pg_notify('group_changed', group_id::text);
  END IF;
END $$;
COMMENT ON FUNCTION notify_race_changed IS
  'Signals that the race of a group has changed (specification 7). Connections of the API receive an INFO message with the SQLSTATE LKCHG and the group as its detail; for other clients of the database, the channel group_changed is notified.';

CREATE FUNCTION notify_log_changes() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  touched record;
BEGIN
  FOR touched IN SELECT c.group_id, min(c.started_at) AS since FROM changed c WHERE c.group_id IS NOT NULL GROUP BY c.group_id LOOP
    PERFORM notify_race_changed(touched.group_id);
    IF touched.since < trigger_clock() - max_session_length() - interval '1 hour' THEN
      PERFORM mark_streaks_stale(touched.group_id);
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION notify_log_changes IS 'Trigger: signals that the races of the groups have changed, and marks streaks as stale if logs of earlier days changed.';
CREATE TRIGGER time_logs_notify_insert AFTER INSERT ON time_logs
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION notify_log_changes();
COMMENT ON TRIGGER time_logs_notify_insert ON time_logs IS 'Updates the live race and the streaks.';
CREATE TRIGGER time_logs_notify_update AFTER UPDATE ON time_logs
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION notify_log_changes();
COMMENT ON TRIGGER time_logs_notify_update ON time_logs IS 'Updates the live race and the streaks.';
CREATE TRIGGER time_logs_notify_delete AFTER DELETE ON time_logs
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION notify_log_changes();
COMMENT ON TRIGGER time_logs_notify_delete ON time_logs IS 'Updates the live race and the streaks.';

CREATE FUNCTION notify_member_changes() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM notify_race_changed(touched.group_id) FROM (SELECT DISTINCT c.group_id FROM changed c) touched;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION notify_member_changes IS 'Trigger: signals that the races of the groups have changed.';
CREATE TRIGGER group_members_notify_insert AFTER INSERT ON group_members
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION notify_member_changes();
COMMENT ON TRIGGER group_members_notify_insert ON group_members IS 'Updates the live race.';
CREATE TRIGGER group_members_notify_update AFTER UPDATE ON group_members
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION notify_member_changes();
COMMENT ON TRIGGER group_members_notify_update ON group_members IS 'Updates the live race.';
CREATE TRIGGER group_members_notify_delete AFTER DELETE ON group_members
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION notify_member_changes();
COMMENT ON TRIGGER group_members_notify_delete ON group_members IS 'Updates the live race.';

-- Groups and profiles change rarely, so these triggers always use NOTIFY.
CREATE FUNCTION notify_group_race_changed() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pg_notify('group_changed', NEW.id::text);
  PERFORM mark_streaks_stale(NEW.id);
  RETURN NULL;
END $$;
COMMENT ON FUNCTION notify_group_race_changed IS
  'Trigger: notifies the channel group_changed of a changed group and marks its streaks as stale (specification 7).';
CREATE TRIGGER groups_notify AFTER UPDATE ON groups FOR EACH ROW
  WHEN ((OLD.period_target_minutes, OLD.start_at, least(OLD.end_at, OLD.archived_at), OLD.timezone, OLD.period)
        IS DISTINCT FROM (NEW.period_target_minutes, NEW.start_at, least(NEW.end_at, NEW.archived_at), NEW.timezone, NEW.period))
  EXECUTE FUNCTION notify_group_race_changed();
COMMENT ON TRIGGER groups_notify ON groups IS 'Updates the live race and the streaks.';

CREATE FUNCTION notify_profile_races_changed() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pg_notify('group_changed', m.group_id::text) FROM group_members m WHERE m.user_id = NEW.id;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION notify_profile_races_changed IS
  'Trigger: notifies the channel group_changed of all groups of a user whose name or avatar changed (specification 7).';
CREATE TRIGGER profiles_notify AFTER UPDATE ON profiles FOR EACH ROW
  WHEN ((OLD.display_name, OLD.avatar_url) IS DISTINCT FROM (NEW.display_name, NEW.avatar_url))
  EXECUTE FUNCTION notify_profile_races_changed();
COMMENT ON TRIGGER profiles_notify ON profiles IS 'Updates the live race.';

-- The result only determines when to read the race again, so it may be too early if a member stops before.
CREATE FUNCTION next_race_change(group_id uuid, at timestamptz) RETURNS timestamptz
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET max_parallel_workers_per_gather = 0 SET jit = off AS $$
DECLARE
  g groups;
  starts timestamptz;
  ends timestamptz;
BEGIN
  SELECT * INTO g FROM groups WHERE id = next_race_change.group_id;
  SELECT * INTO starts, ends FROM group_period_at(g, at);
  RETURN (
    WITH running AS MATERIALIZED (
      SELECT l.user_id, l.started_at, s.expires_at
        FROM time_logs l
        JOIN session_participants p ON p.id = l.participant_id
        JOIN sessions s ON s.id = p.session_id
       WHERE l.group_id = g.id AND l.ended_at IS NULL AND session_status_at(s, at) = 'running'
    ), logs AS (
      SELECT r.user_id, r.started_at AS began, at AS ended FROM running r
      UNION ALL
      SELECT l.user_id, l.started_at, l.ended_at FROM time_logs l
       WHERE l.group_id = g.id AND l.ended_at > starts AND l.started_at < ends
         AND l.user_id IN (SELECT r.user_id FROM running r)
    ), done AS (
      SELECT l.user_id, range_agg(tstzrange(greatest(l.began, starts), least(l.ended, ends)))
                          FILTER (WHERE greatest(l.began, starts) < least(l.ended, ends)) AS spans
        FROM logs l GROUP BY l.user_id
    ), goals AS (
      SELECT greatest(at, starts) + make_interval(mins => coalesce(m.override_period_target_minutes, g.period_target_minutes))
             - coalesce((SELECT sum(upper(span) - lower(span)) FROM unnest(d.spans) span), interval '0') AS met_at
        FROM done d JOIN group_members m ON m.group_id = g.id AND m.user_id = d.user_id
    )
    SELECT min(change.instant)
      FROM (SELECT g.start_at UNION ALL SELECT ends
            UNION ALL SELECT r.expires_at FROM running r
            UNION ALL SELECT o.met_at FROM goals o) change (instant)
     WHERE change.instant > at);
END $$;
COMMENT ON FUNCTION next_race_change IS
  'The next instant at which the race changes without a user action: the group starts, a period ends, a session expires, or a running member meets the goal. NULL if there is none.';

CREATE FUNCTION watched_race(group_id uuid, at timestamptz, OUT body text, OUT members uuid[], OUT changes_in integer)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  body := (SELECT r.body FROM groups g CROSS JOIN LATERAL group_progress_json(g.owner_id, g.id, at) r WHERE g.id = watched_race.group_id);
  members := (SELECT array_agg(m.user_id) FROM group_members m WHERE m.group_id = watched_race.group_id);
  changes_in := least(ceil(extract(epoch FROM next_race_change(watched_race.group_id, at) - at) * 1000), 2147483647);
END $$;
COMMENT ON FUNCTION watched_race IS
  'The race of a group for all its streams. members lists the users who may see it; changes_in is the time in milliseconds until it must be read again, at most 2147483647, the limit of a timer. All are NULL if the group does not exist.';

-- If a process dies between a commit and its NOTIFY, streams of other processes miss the change. The other processes
-- therefore read their races again when its heartbeats stop. Each process detects every dead process exactly once, because
-- it checks the time since its own previous heartbeat. 9 seconds after its last heartbeat, a dead process has no running
-- statement: heartbeats are sent every 3 seconds, and a statement takes at most 5 seconds. Its rows are deleted after 24
-- hours, when every token that opened one of its streams has expired.
CREATE FUNCTION record_process_heartbeat(process_id uuid, at timestamptz) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  last_seen timestamptz := (SELECT p.seen_at FROM live_processes p WHERE p.id = process_id);
BEGIN
  INSERT INTO live_processes VALUES (process_id, at)
  ON CONFLICT ON CONSTRAINT live_processes_pkey DO UPDATE SET seen_at = excluded.seen_at;
  DELETE FROM live_processes p WHERE p.seen_at < at - interval '24 hours';
  RETURN EXISTS (SELECT FROM live_processes p
                  WHERE p.seen_at > last_seen - interval '9 seconds' AND p.seen_at <= at - interval '9 seconds');
END $$;
COMMENT ON FUNCTION record_process_heartbeat IS
  'Records a heartbeat of an API process. Returns true if another process has died since the previous heartbeat, so that notifications may have been lost.';

-- synchronous_commit is off so that the lock is not held during the WAL flush. If the database server crashes and loses
-- streams, their process registers them again.
CREATE FUNCTION register_stream(caller uuid, group_id uuid, stream_id uuid, process_id uuid, at timestamptz)
RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  PERFORM require_member(register_stream.group_id, caller);
  PERFORM pg_advisory_xact_lock(hashtextextended(caller::text, 6));
  IF 5 <= (SELECT count(*) FROM live_streams s JOIN live_processes p ON p.id = s.process_id
            WHERE s.user_id = caller AND p.seen_at > at - interval '15 seconds') THEN
    RAISE EXCEPTION 'the user has 5 open streams' USING ERRCODE = 'LKSTR';
  END IF;
  INSERT INTO live_streams (id, process_id, user_id) VALUES (stream_id, register_stream.process_id, caller);
END $$;
COMMENT ON FUNCTION register_stream IS
  'Registers a stream of a member. A user has at most 5 streams in all processes together (specification 7). Errors: LK404, LKSTR.';
