-- Also locks the session. The functions that write logs have locked it already; a transaction that inserts a log first and
-- locks the session afterwards would deadlock with a session verb.
CREATE FUNCTION fill_log() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  SELECT p.user_id, s.group_id INTO NEW.user_id, NEW.group_id
    FROM session_participants p JOIN sessions s ON s.id = p.session_id
   WHERE p.id = NEW.participant_id FOR NO KEY UPDATE OF s;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION fill_log IS 'Trigger: copies the user and the group into a log, so that one index range holds the logs of a group.';
CREATE TRIGGER time_logs_fill BEFORE INSERT ON time_logs
  FOR EACH ROW WHEN (NEW.user_id IS NULL OR NEW.group_id IS NULL) EXECUTE FUNCTION fill_log();
COMMENT ON TRIGGER time_logs_fill ON time_logs IS 'A log can be inserted with its participant only.';

CREATE FUNCTION log_lies_outside(s sessions, started_at timestamptz, ended_at timestamptz) RETURNS boolean
LANGUAGE sql VOLATILE AS $$
  SELECT s.started_at IS NULL OR log_lies_outside.started_at < s.started_at
    OR log_lies_outside.ended_at > coalesce(s.ended_at, s.expires_at)
    OR public.is_in_future(greatest(log_lies_outside.started_at, log_lies_outside.ended_at))
    OR (log_lies_outside.ended_at IS NULL AND s.status <> 'running')
$$;
COMMENT ON FUNCTION log_lies_outside IS
  'For triggers: whether a log lies outside the range of its session, [started_at, ended_at or now], or is open although the session is not running.';

-- Runs once per statement, because a verb writes a log for every participant. Locks the sessions to serialize verbs and other
-- transactions that write logs, and reads the clock after that.
CREATE FUNCTION enforce_log_within_session() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  outside boolean;
  altered boolean := false;
  any_manual boolean := false;
  ended uuid[];
BEGIN
  PERFORM FROM sessions s
    WHERE s.id IN (SELECT p.session_id FROM changed c JOIN session_participants p ON p.id = c.participant_id)
    ORDER BY s.id FOR NO KEY UPDATE;
  IF TG_OP = 'INSERT' THEN
    SELECT bool_or(log_lies_outside(s, c.started_at, c.ended_at) OR (c.user_id, c.group_id) IS DISTINCT FROM (p.user_id, s.group_id)),
           bool_or(c.manual), array_agg(c.id) FILTER (WHERE c.ended_at IS NOT NULL)
      INTO outside, any_manual, ended
      FROM changed c JOIN session_participants p ON p.id = c.participant_id JOIN sessions s ON s.id = p.session_id;
  ELSE
    SELECT bool_or(log_lies_outside(s, c.started_at, c.ended_at)),
           bool_or((o.user_id, o.group_id, o.started_at, o.manual, o.created_at)
                   IS DISTINCT FROM (c.user_id, c.group_id, c.started_at, c.manual, c.created_at)
             OR o.ended_at IS NOT NULL AND (c.ended_at IS NULL OR c.ended_at <> o.ended_at AND NOT o.closed_by_expiry)),
           array_agg(c.id) FILTER (WHERE o.ended_at IS DISTINCT FROM c.ended_at)
      INTO outside, altered, ended
      FROM changed c JOIN unchanged o ON o.id = c.id
      JOIN session_participants p ON p.id = c.participant_id JOIN sessions s ON s.id = p.session_id;
  END IF;
  IF any_manual THEN
    PERFORM require_active(g, trigger_clock()) FROM groups g WHERE g.id IN (SELECT c.group_id FROM changed c WHERE c.manual);
  END IF;
  IF outside THEN
    RAISE EXCEPTION 'the log lies outside its session' USING ERRCODE = 'LKLOG';
  ELSIF altered THEN
    RAISE EXCEPTION 'a log can only be closed, once' USING ERRCODE = 'integrity_constraint_violation';
  ELSIF ended IS NOT NULL THEN
    PERFORM count_logged_time(ended);
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION enforce_log_within_session IS
  'Trigger: requires every log to lie within the range of its session, [started_at, ended_at or now], and to have the user and group of its participant. Only the end of a log can be updated, and only once, except after a session expired (specification 5). Errors: LKLOG, LKARC for a manual log in an archived group, 23000.';
CREATE TRIGGER time_logs_within_session AFTER INSERT ON time_logs
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION enforce_log_within_session();
COMMENT ON TRIGGER time_logs_within_session ON time_logs IS 'A log lies within its session.';
CREATE TRIGGER time_logs_stay_within_session AFTER UPDATE ON time_logs
  REFERENCING OLD TABLE AS unchanged NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION enforce_log_within_session();
COMMENT ON TRIGGER time_logs_stay_within_session ON time_logs IS 'A log lies within its session.';

CREATE FUNCTION count_deleted_logs() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM FROM sessions s
    WHERE s.id IN (SELECT p.session_id FROM deleted d JOIN session_participants p ON p.id = d.participant_id WHERE d.ended_at IS NOT NULL)
    ORDER BY s.id FOR NO KEY UPDATE;
  IF FOUND THEN
    UPDATE session_participants p SET logged = logged_time(p.id)
     WHERE p.id IN (SELECT d.participant_id FROM deleted d WHERE d.ended_at IS NOT NULL);
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION count_deleted_logs IS 'Trigger: updates session_participants.logged when logs are deleted.';
CREATE TRIGGER time_logs_count_deleted AFTER DELETE ON time_logs
  REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION count_deleted_logs();
COMMENT ON TRIGGER time_logs_count_deleted ON time_logs IS 'Updates the logged time of participants.';

CREATE TRIGGER time_logs_stay BEFORE UPDATE OF id, participant_id ON time_logs
  FOR EACH ROW WHEN ((OLD.id, OLD.participant_id) IS DISTINCT FROM (NEW.id, NEW.participant_id))
  EXECUTE FUNCTION prevent_reassignment('id, participant_id');
COMMENT ON TRIGGER time_logs_stay ON time_logs IS 'The participant of a log cannot be changed.';

CREATE FUNCTION enforce_session_holds_logs() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM sessions s JOIN session_participants p ON p.session_id = s.id
              WHERE s.id = NEW.id
                AND (s.status <> 'running' AND EXISTS (SELECT FROM time_logs l WHERE l.participant_id = p.id AND l.ended_at IS NULL)
                  OR s.ended_at < (SELECT max(l.ended_at) FROM time_logs l WHERE l.participant_id = p.id)
                  OR NEW.started_at <> OLD.started_at
                     AND EXISTS (SELECT FROM time_logs l WHERE l.participant_id = p.id AND l.started_at < s.started_at))) THEN
    RAISE EXCEPTION 'a log lies outside session %', NEW.id USING ERRCODE = 'LKLOG';
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION enforce_session_holds_logs IS
  'Trigger, checked at commit: the logs of a session lie within its range, and only a running session has open segments (specification 5). Error: LKLOG.';
-- An update of a session can violate the rule only if the session stops running, or its start or end changes.
CREATE CONSTRAINT TRIGGER sessions_hold_logs AFTER UPDATE OF status, started_at, ended_at ON sessions
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (OLD.status <> NEW.status AND NEW.status <> 'running' OR OLD.started_at <> NEW.started_at OR OLD.ended_at <> NEW.ended_at)
  EXECUTE FUNCTION enforce_session_holds_logs();
COMMENT ON TRIGGER sessions_hold_logs ON sessions IS 'At commit, the logs of a session lie within its range.';

CREATE FUNCTION add_log(caller uuid, session_id uuid, started_at timestamptz, ended_at timestamptz, at timestamptz)
RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  s sessions;
  new_log time_logs;
BEGIN
  IF add_log.ended_at <= add_log.started_at THEN
    RAISE EXCEPTION 'the log ends before it starts'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'time_logs_end_after_start';
  END IF;
  s := lock_session(session_id, caller, at);
  PERFORM require_active(g, at) FROM groups g WHERE g.id = s.group_id;
  PERFORM ensure_participant(s, caller, at);
  INSERT INTO time_logs (participant_id, user_id, group_id, manual, started_at, ended_at, created_at)
  SELECT p.id, caller, s.group_id, true, to_ms(add_log.started_at), to_ms(add_log.ended_at), at
    FROM session_participants p WHERE p.session_id = s.id AND p.user_id = caller
  RETURNING * INTO new_log;
  PERFORM award_milestones_to(ARRAY[caller], s.group_id, at);
  RETURN log_json(new_log, s, at)::text;
END $$;
COMMENT ON FUNCTION add_log IS
  'Adds a manual log; the caller joins the session if necessary (specification 5). Errors: 23514 if it does not end after it starts, LK404, LKARC, LKLOG.';

CREATE FUNCTION delete_log(caller uuid, session_id uuid, log_id uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  s sessions := lock_session(session_id, caller, at);
  l time_logs;
BEGIN
  SELECT logs.* INTO l FROM time_logs logs JOIN session_participants p ON p.id = logs.participant_id
   WHERE logs.id = log_id AND p.session_id = s.id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such log' USING ERRCODE = 'LK404';
  ELSIF l.user_id <> caller OR NOT l.manual THEN
    RAISE EXCEPTION 'only manual logs can be deleted, and only by their author' USING ERRCODE = 'LK403';
  END IF;
  PERFORM require_active(g, at) FROM groups g WHERE g.id = s.group_id;
  DELETE FROM time_logs WHERE id = l.id;
END $$;
COMMENT ON FUNCTION delete_log IS
  'Deletes a manual log. Errors: LK404, LK403 unless it is a manual log of the caller, LKARC.';

CREATE FUNCTION log_json(l time_logs, s sessions, at timestamptz) RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT json_build_object(
    'id', l.id, 'session_id', s.id, 'user_id', l.user_id, 'started_at', public.rfc3339(l.started_at),
    'ended_at', public.rfc3339(coalesce(l.ended_at, public.session_end_at(s, at))), 'manual', l.manual,
    'created_at', public.rfc3339(l.created_at))
$$;
COMMENT ON FUNCTION log_json IS
  'A log as in every response. An open segment of an expired session has the end of the session as its end.';
